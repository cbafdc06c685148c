//! `jeton audit verify`: whether the chain of events is whole.

use crate::{
    cli::{
        Exit, Outcome,
        connection::Connection,
        describe::{self, number, text},
        output::{Output, Tone},
    },
    client::Call,
};
use clap::Args;
use serde_json::Value;

const AFTER: &str = "\
Examples:
  jeton audit verify

Exit code 0: no event was removed, changed or moved. 1: the chain is broken, and the places are named.";

/// Check the chain of audit events
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Verify {}

impl Verify {
    /// Checks it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let report = connection.call(Call::get("/v1/audit/verify")).await?.body;
        say(output, &report)
    }
}

/// Says what the check found.
fn say(output: &Output, report: &Value) -> Outcome {
    let faults = describe::list(report, "/faults");
    if output.json {
        output.document(report)?;
    } else if faults.is_empty() {
        output.remark_toned(Tone::Good, "whole", &format!("{} events, none removed, changed or moved", number(report, "/events")));
    } else {
        for fault in faults {
            output.line(&format!("{}\t{}", number(fault, "/sequence"), text(fault, "/reason")))?;
        }
        output.remark_toned(
            Tone::Bad,
            "broken",
            &format!("{} of {} events are not as they were written", faults.len(), number(report, "/events")),
        );
    }
    Ok(if faults.is_empty() { Exit::Done } else { Exit::Failed })
}
