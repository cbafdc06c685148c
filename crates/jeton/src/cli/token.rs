//! `jeton token`: the whole life of a token.

mod derive;
mod edit;
mod end_overlap;
mod explain;
mod grant;
mod inspect;
mod issue;
mod list;
mod resume;
mod revoke;
mod revoke_many;
mod rotate;
mod search;
mod show;
mod suspend;
mod usage;
mod verify;
mod wait;

use super::{
    Failure, Outcome,
    connection::Connection,
    describe::text,
    output::{Output, Tone},
    secret,
};
use clap::{Args, Subcommand};
pub(crate) use grant::audience;
use jeton_core::id::TokenId;
pub(crate) use list::more;
use serde_json::Value;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Issue, list, check, explain, rotate and take back tokens
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct TokenCommand {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Issue(issue::Issue),
    List(list::List),
    Show(show::Show),
    Verify(verify::Verify),
    Explain(explain::Explain),
    Rotate(rotate::Rotate),
    EndOverlap(end_overlap::EndOverlap),
    Suspend(suspend::Suspend),
    Resume(resume::Resume),
    Revoke(revoke::Revoke),
    RevokeMany(revoke_many::RevokeMany),
    Derive(derive::Derive),
    Edit(edit::Edit),
    Usage(usage::Usage),
    Inspect(inspect::Inspect),
}

impl TokenCommand {
    /// Runs the verb.
    pub(crate) async fn run(self, output: &Output) -> Outcome {
        let connection = &self.connection;
        match self.verb {
            Verb::Issue(verb) => verb.run(connection, output).await,
            Verb::List(verb) => verb.run(connection, output).await,
            Verb::Show(verb) => verb.run(connection, output).await,
            Verb::Verify(verb) => verb.run(connection, output).await,
            Verb::Explain(verb) => verb.run(connection, output).await,
            Verb::Rotate(verb) => verb.run(connection, output).await,
            Verb::EndOverlap(verb) => verb.run(connection, output).await,
            Verb::Suspend(verb) => verb.run(connection, output).await,
            Verb::Resume(verb) => verb.run(connection, output).await,
            Verb::Revoke(verb) => verb.run(connection, output).await,
            Verb::RevokeMany(verb) => verb.run(connection, output).await,
            Verb::Derive(verb) => verb.run(connection, output).await,
            Verb::Edit(verb) => verb.run(connection, output).await,
            Verb::Usage(verb) => verb.run(connection, output).await,
            Verb::Inspect(verb) => verb.run(output),
        }
    }
}

/// Reads a token's id as an argument.
fn token_id(text: &str) -> Result<TokenId, String> {
    TokenId::parse(text).map_err(|_| "must be a token's id: the 12 letters and digits that `jeton token list` shows".to_owned())
}

/// Where a newly issued secret goes.
#[derive(Debug, Args)]
struct Delivery {
    /// Write the token into a new file of mode 0600 instead of to stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Delivery {
    /// Refuses a file that is there already, before anything is issued.
    fn check(&self) -> Result<(), Failure> {
        match &self.out {
            Some(path) if path.exists() => {
                Err(Failure::usage(format!("`{}` exists already", path.display())).fix("name a new file, or remove this one first"))
            }
            _ => Ok(()),
        }
    }
    /// Gives the secret out, this once.
    fn deliver(&self, output: &Output, mut answer: Value, verb: &str) -> Outcome<()> {
        let plain = Zeroizing::new(text(&answer, "/token").to_owned());
        if plain.is_empty() {
            return Err(Failure::failed("the authority's answer holds no token"));
        }
        if let Some(path) = &self.out {
            secret::write_new(path, &plain)?;
            if let Some(members) = answer.as_object_mut() {
                members.remove("token");
            }
        }
        if output.json {
            return output.document(&answer);
        }
        let name = text(&answer, "/name");
        output.remark_toned(Tone::Good, verb, &format!("`{name}` as {}", text(&answer, "/id")));
        let expires = match answer.get("expires_at") {
            Some(at @ Value::String(_)) => format!("it expires {}", output.when(Some(at))),
            _ => "it never expires".to_owned(),
        };
        output.remark(&expires);
        match &self.out {
            Some(path) => said_where(output, path),
            None => {
                output.remark("this is the only time that the token is shown: keep it where secrets are kept");
                output.line(&plain)?;
            }
        }
        Ok(())
    }
}

fn said_where(output: &Output, path: &Path) {
    output.remark(&format!("the token is in `{}`, readable by you alone", path.display()));
}
