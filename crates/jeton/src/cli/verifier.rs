//! `jeton verifier`: who decides on tokens out of a memory of its own, and how far each is.

use super::{
    Exit, Outcome,
    connection::Connection,
    describe::{self, text},
    output::Output,
};
use crate::client::Call;
use clap::{Args, Subcommand};
use serde_json::Value;

/// Gates and followers of the change log, and how far each is
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct VerifierCommand {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List them: current, behind, or stale (silent for so long that it no longer trusts its memory)
    List,
}

impl VerifierCommand {
    /// Runs the verb.
    pub(crate) async fn run(self, output: &Output) -> Outcome {
        let Verb::List = self.verb;
        let list = self.connection.open()?.call(Call::get("/v1/verifiers")).await?.body;
        if output.json {
            output.document(&list)?;
            return Ok(Exit::Done);
        }
        let rows: Vec<_> = describe::list(&list, "/items").iter().map(row).collect();
        output.list(&["name", "kind", "standing", "revision", "behind", "heard"], &rows)?;
        Ok(Exit::Done)
    }
}

fn row(verifier: &Value) -> Vec<String> {
    let seconds = |field: &str| verifier.get(field).and_then(Value::as_f64).unwrap_or_default();
    let behind = match seconds("lag_seconds") {
        lag if lag > 0.0 => format!("{lag:.1} s"),
        _ => "-".to_owned(),
    };
    vec![
        text(verifier, "/name").to_owned(),
        text(verifier, "/kind").to_owned(),
        text(verifier, "/standing").to_owned(),
        verifier.get("revision").map(ToString::to_string).unwrap_or_default(),
        behind,
        format!("{:.1} s ago", seconds("silent_seconds")),
    ]
}
