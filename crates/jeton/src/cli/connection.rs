//! Which authority to speak to, and with which token.
//!
//! The token comes from stdin, a file of mode 0600 or the environment, never from an argument.

use super::{Failure, secret};
use crate::client::{Answer, Authority, Call};
use clap::Args;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Where the authority is when nothing else is said.
const DEFAULT_URL: &str = "http://127.0.0.1:8700";
const TOKEN: &str = "JETON_TOKEN";
const TOKEN_FILE: &str = "JETON_TOKEN_FILE";

/// Which authority to speak to.
#[derive(Debug, Args)]
pub(crate) struct Connection {
    /// The authority's address [default: JETON_URL, else http://127.0.0.1:8700]
    #[arg(long, global = true, value_name = "URL", help_heading = "Authority")]
    url: Option<String>,
    /// A file of mode 0600 that holds the token to speak with [default: JETON_TOKEN_FILE]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Authority", conflicts_with = "token")]
    token_file: Option<PathBuf>,
    /// Read the token to speak with from stdin; `-` is the only value [default: JETON_TOKEN]
    #[arg(long, global = true, value_name = "-", help_heading = "Authority", value_parser = only_stdin)]
    token: Option<FromStdin>,
    /// A file of further root certificates (PEM) to trust [default: JETON_CA]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Authority")]
    ca: Option<PathBuf>,
}

/// That the token comes from stdin.
#[derive(Clone, Copy, Debug)]
struct FromStdin;

fn only_stdin(text: &str) -> Result<FromStdin, String> {
    if text == "-" {
        Ok(FromStdin)
    } else {
        Err("a secret is never an argument: only `-` (stdin) can stand here, or use --token-file or JETON_TOKEN".to_owned())
    }
}

impl Connection {
    /// Prepares to speak to the authority.
    pub(crate) fn open(&self) -> Result<Authority, Failure> {
        let from_environment = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let url = self.url.clone().or_else(|| from_environment("JETON_URL")).unwrap_or_else(|| DEFAULT_URL.to_owned());
        let ca = self.ca.clone().or_else(|| from_environment("JETON_CA").map(PathBuf::from));
        let ca = ca.map(|path| std::fs::read(&path).map_err(|fault| (path, fault))).transpose();
        let ca =
            ca.map_err(|(path, fault)| Failure::usage(format!("cannot read the root certificates in `{}`: {fault}", path.display())))?;
        Ok(Authority::new(&url, Some(self.token()?), ca.as_deref())?)
    }
    /// Whether the token to speak with is read from stdin, so that nothing else can be.
    pub(crate) const fn takes_stdin(&self) -> bool {
        self.token.is_some()
    }
    fn token(&self) -> Result<Zeroizing<String>, Failure> {
        if self.token.is_some() {
            return secret::from_stdin("token to speak with");
        }
        if let Some(path) = &self.token_file {
            return secret::from_file(path, "token to speak with");
        }
        if let Some(token) = std::env::var(TOKEN).ok().map(Zeroizing::new).filter(|token| !token.trim().is_empty()) {
            return Ok(Zeroizing::new(token.trim().to_owned()));
        }
        match std::env::var_os(TOKEN_FILE).filter(|path| !path.is_empty()) {
            Some(path) => secret::from_file(&PathBuf::from(path), "token to speak with"),
            None => Err(Failure::usage("there is no token to speak to the authority with")
                .fix("set JETON_TOKEN, or JETON_TOKEN_FILE to a file of mode 0600; `jeton init` gave the owner's token")),
        }
    }
    /// Opens the connection and makes one call.
    pub(crate) async fn call(&self, call: Call<'_>) -> Result<Answer, Failure> {
        Ok(self.open()?.call(call).await?)
    }
}
