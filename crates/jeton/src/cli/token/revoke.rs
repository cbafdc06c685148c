//! `jeton token revoke`: for good.

use super::suspend::Transition;
use crate::cli::{Outcome, confirm, connection::Connection, output::Output};
use clap::Args;

const AFTER: &str = "\
Examples:
  jeton token revoke 3Kx9sPq2LmZa --reason leaked
  jeton token revoke 3Kx9sPq2LmZa --yes --wait

When this has answered, the token and all that was derived from it are refused. Nothing brings them back. \
To hold a token for a while, use `jeton token suspend`.";

/// Take a token back for good, with all that was derived from it
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Revoke {
    #[command(flatten)]
    transition: Transition,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl Revoke {
    /// Revokes it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        confirm::ask(&format!("revoke {} for good?", self.transition.id), self.yes)?;
        self.transition.make(connection, output, "revoke", "revoked").await
    }
}
