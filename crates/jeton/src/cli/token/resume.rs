//! `jeton token resume`.

use super::suspend::Transition;
use crate::cli::{Outcome, connection::Connection, output::Output};
use clap::Args;

/// Give a suspended token back to its holder
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jeton token resume 3Kx9sPq2LmZa --comment 'the owner has confirmed it'")]
pub(crate) struct Resume {
    #[command(flatten)]
    transition: Transition,
}

impl Resume {
    /// Resumes it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        self.transition.make(connection, output, "resume", "resumed").await
    }
}
