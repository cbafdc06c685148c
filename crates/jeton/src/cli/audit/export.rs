//! `jeton audit export`: all events, one JSON object a line.

use crate::cli::{
    Exit, Failure, Outcome,
    connection::Connection,
    output::{Output, Tone},
    paging,
};
use clap::Args;
use serde_json::{Value, json};
use std::{io::Write, path::PathBuf};

/// Write all audit events as JSON lines
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  jeton audit export > audit.jsonl\n  jeton audit export audit.jsonl")]
pub(crate) struct Export {
    /// The file to write, which must not be there yet [default: stdout]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Export {
    /// Writes them.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let authority = connection.open()?;
        let events = paging::read_all(&authority, "/v1/audit").await?;
        match &self.file {
            Some(path) => {
                let cannot = |fault: std::io::Error| Failure::failed(format!("cannot write `{}`: {fault}", path.display()));
                let mut file = std::fs::File::create_new(path).map_err(cannot)?;
                file.write_all(lines(&events)?.as_bytes()).and_then(|()| file.sync_all()).map_err(cannot)?;
                if output.json {
                    output.document(&json!({ "file": path, "events": events.len() }))?;
                } else {
                    output.remark_toned(Tone::Good, "written", &format!("{} events to `{}`", events.len(), path.display()));
                }
            }
            None if output.json => output.document(&json!({ "items": events }))?,
            None => output.block(&lines(&events)?)?,
        }
        Ok(Exit::Done)
    }
}

fn lines(events: &[Value]) -> Result<String, Failure> {
    let mut text = String::new();
    for event in events {
        text.push_str(&serde_json::to_string(event).map_err(|fault| Failure::failed(format!("cannot write JSON: {fault}")))?);
        text.push('\n');
    }
    Ok(text)
}
