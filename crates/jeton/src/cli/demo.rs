//! `jeton demo`: a whole system on loopback, and the lines to try.

use super::{Exit, Outcome, output::Output};
use crate::demo;
use clap::Args;

const AFTER: &str = "\
Starts an authority, a gate and a small sample API on loopback, with fresh data in a temporary folder, and prints one
token and the lines to paste into another terminal. Ports 8700, 8701 and 8702, or free ones where these are taken.
Ctrl-C ends it all and removes the data.";

/// Start a whole system on loopback, with lines to try
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Demo {}

impl Demo {
    /// Runs it until it is told to end.
    pub(crate) async fn run(self, output: &Output) -> Outcome {
        let running = demo::start().await?;
        if output.json {
            output.document(&demo::document(&running))?;
        } else {
            output.block(&demo::text(&running))?;
        }
        running.until_told().await?;
        output.remark("ended, and the data removed");
        Ok(Exit::Done)
    }
}
