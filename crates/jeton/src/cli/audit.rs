//! `jeton audit`: who did what, in a chain that shows what was changed in it afterwards.

mod event;
mod export;
mod tail;
mod verify;

use super::{Outcome, connection::Connection, output::Output};
use clap::{Args, Subcommand};

/// Who did what, and whether the record of it is untouched
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct AuditCommand {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Tail(tail::Tail),
    Verify(verify::Verify),
    Export(export::Export),
}

impl AuditCommand {
    /// Runs the verb.
    pub(crate) async fn run(self, output: &Output) -> Outcome {
        let connection = &self.connection;
        match self.verb {
            Verb::Tail(verb) => verb.run(connection, output).await,
            Verb::Verify(verb) => verb.run(connection, output).await,
            Verb::Export(verb) => verb.run(connection, output).await,
        }
    }
}
