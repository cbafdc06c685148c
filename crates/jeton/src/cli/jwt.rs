//! `jeton jwt`: looks into and verifies any issuer's JWT, offline.

pub(crate) mod inspect;
mod verify;

use super::{Outcome, output::Output};
use clap::{Args, Subcommand};

/// Look into or verify any issuer's JWT, offline
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct JwtCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Inspect(inspect::Inspect),
    Verify(verify::Verify),
}

impl JwtCommand {
    /// Runs the verb.
    pub(crate) async fn run(self, output: &Output) -> Outcome {
        match self.verb {
            Verb::Inspect(verb) => verb.run(output),
            Verb::Verify(verb) => verb.run(output).await,
        }
    }
}
