//! `jeton token inspect`: what a token's text alone tells, offline. Proves nothing about whether it is good.

use crate::cli::{Exit, Failure, Outcome, jwt, output::Output, secret};
use clap::Args;
use jeton_core::token_text;
use serde_json::json;

const AFTER: &str = "\
Examples:
  printf %s \"$TOKEN\" | jeton token inspect
  jeton token inspect token.txt

Reads no network: the shape and the checksum tell a typing mistake from a token, not a live one from a dead one. \
For that, use `jeton token verify`.";

/// Tell a token's kind and id from its text alone, offline
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Inspect {
    /// `-` for stdin, or a file of mode 0600 that holds the token
    #[arg(value_name = "SOURCE", default_value = "-")]
    source: String,
}

impl Inspect {
    /// Inspects it.
    pub(crate) fn run(self, output: &Output) -> Outcome {
        let plain = secret::read(&self.source, "token")?;
        if plain.matches('.').count() == 2 {
            return jwt::inspect::show(&plain, output);
        }
        let parsed = token_text::parse(plain.as_bytes()).map_err(|fault| {
            Failure::new(Exit::Refused, format!("this is no token of Jeton's: {fault}"))
                .fix("copy it again, from its first to its last character")
        })?;
        let brand = plain.split_once("_jtn_").map(|(brand, _)| brand);
        let hint = plain.len().checked_sub(4).and_then(|from| plain.get(from..)).unwrap_or_default();
        if output.json {
            let document = json!({
                "format": "opaque", "kind": parsed.kind, "id": parsed.id, "brand": brand, "hint": hint, "checksum": "ok",
            });
            output.document(&document)?;
            return Ok(Exit::Done);
        }
        output.pairs(&[
            ("kind", format!("{} ({})", parsed.kind.label(), parsed.kind)),
            ("id", parsed.id.to_string()),
            ("brand", brand.unwrap_or_default().to_owned()),
            ("ends in", hint.to_owned()),
            ("checksum", "fits".to_owned()),
        ])?;
        output.remark(&format!("whether it is good only the authority can tell: `jeton token show {}`", parsed.id));
        Ok(Exit::Done)
    }
}
