//! `jeton demo`: a whole system on loopback, and the lines to try.

use super::{
    Exit, Outcome,
    output::{Output, Tone},
};
use crate::demo;
use clap::Args;

const AFTER: &str = "\
Starts an authority, a gate and a small sample API on loopback, with fresh data in a temporary folder, and prints one \
token and the lines to paste into another terminal. Ports 8700, 8701 and 8702, or free ones where these are taken. \
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
            output.block(&screen(&running, output))?;
        }
        running.until_told().await?;
        output.remark("ended, and the data removed");
        Ok(Exit::Done)
    }
}

/// The whole screen: 80 columns suffice.
fn screen(running: &demo::Running, output: &Output) -> String {
    let strong = |text: &str| output.tone(Tone::Strong, text);
    let mut text = format!("{}\n", strong("Jeton is running on this machine alone, with fresh data. Ctrl-C ends it."));
    text.push_str(&format!("An authority, and a sample API behind its gate: {}\n", running.api));
    if running.moved {
        text.push_str("(Not on the usual ports: 8700, 8701 or 8702 is taken.)\n");
    }
    if let Some(url) = &running.setup_url {
        text.push_str(&format!("The dashboard, with an owner's account that you make yours (good once):\n  {}\n", strong(url)));
    }
    text.push_str("\nPaste this into another terminal:\n\n");
    for line in demo::set_up(running) {
        text.push_str(&format!("  {}\n", strong(&line)));
    }
    text.push_str("\nThe token may read orders, from 127.0.0.1. Then try, one after the other:\n");
    for line in demo::lines(running) {
        let status = line.status.map(|status| format!("{status}  ")).unwrap_or_default();
        text.push_str(&format!("\n  {}\n  {}\n", output.tone(Tone::Faint, &format!("{status}{}", line.shows)), strong(&line.command)));
    }
    text.push_str("\nMore: jeton --help\n");
    text
}
