//! `jeton audit verify`: whether the chain of events is whole.

use crate::{
    cli::{
        Exit, Failure, Outcome,
        connection::Connection,
        describe::{self, number, text},
        local::{self, Installation},
        output::{Output, Tone},
    },
    client::Call,
};
use clap::Args;
use indicatif::ProgressBar;
use serde_json::{Value, json};

const AFTER: &str = "\
Examples:
  jeton audit verify
  jeton audit verify --offline   # reads the database; needs no authority

Exit code 0: no event was removed, changed or moved. 1: the chain is broken, and the places are named.";

/// Check the chain of audit events
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Verify {
    /// Read this machine's database instead of asking the authority
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    installation: Installation,
}

impl Verify {
    /// Checks it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let report =
            if self.offline { read(&self.installation).await? } else { connection.call(Call::get("/v1/audit/verify")).await?.body };
        say(output, &report)
    }
}

/// Checks the chain in the database itself.
async fn read(installation: &Installation) -> Result<Value, Failure> {
    let store = local::open(&installation.config()?).await?;
    let progress = ProgressBar::new(0);
    let report = store
        .verify_audit(|read, expected| {
            progress.set_length(expected);
            progress.set_position(read);
        })
        .await;
    progress.finish_and_clear();
    store.close().await;
    let report = report.map_err(local::from_store)?;
    let faults: Vec<_> = report.faults.iter().map(|(sequence, reason)| json!({ "sequence": sequence, "reason": reason })).collect();
    Ok(json!({ "events": report.events, "first_at": report.first_at, "last_at": report.last_at, "faults": faults }))
}

/// From when to when the events are, as the end of a sentence.
fn stretch(report: &Value) -> String {
    match (text(report, "/first_at"), text(report, "/last_at")) {
        ("", _) | (_, "") => String::new(),
        (first, last) => format!("; from {first} to {last}"),
    }
}

/// Says what the check found.
fn say(output: &Output, report: &Value) -> Outcome {
    let faults = describe::list(report, "/faults");
    if output.json {
        output.document(report)?;
    } else if faults.is_empty() {
        let whole = output.tone(Tone::Good, "whole");
        output.line(&format!("{whole}: {} events, none removed, changed or moved{}", number(report, "/events"), stretch(report)))?;
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
