//! `jeton audit tail`: the newest events, and on request those that follow.

use super::event;
use crate::{
    cli::{Exit, Failure, Outcome, connection::Connection, describe, output::Output},
    client::{Authority, Call},
};
use clap::Args;
use jeton_core::limits;
use serde_json::{Value, json};
use std::time::Duration;

/// How often the authority is asked for what is new.
const PAUSE: Duration = Duration::from_secs(1);

/// Show the newest audit events
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  jeton audit tail\n  jeton audit tail -n 200 --follow")]
pub(crate) struct Tail {
    /// How many
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=limits::PAGE_MAX as i64))]
    lines: u32,
    /// Go on with what follows, until Ctrl-C
    #[arg(long, short, conflicts_with = "json")]
    follow: bool,
}

impl Tail {
    /// Shows them.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let authority = connection.open()?;
        let mut events = newest(&authority, self.lines).await?;
        events.reverse();
        if output.json {
            output.document(&json!({ "items": events }))?;
            return Ok(Exit::Done);
        }
        if events.is_empty() && !self.follow {
            output.remark("nothing has been done yet");
        }
        show(output, &events)?;
        if !self.follow {
            return Ok(Exit::Done);
        }
        let mut last = last_of(&events, 0);
        loop {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => return Ok(Exit::Done),
                () = tokio::time::sleep(PAUSE) => {}
            }
            let mut events = newest(&authority, limits::PAGE_MAX as u32).await?;
            events.retain(|event| sequence(event) > last);
            events.reverse();
            last = last_of(&events, last);
            for event in &events {
                output.line(&event::row(output, event).join("  "))?;
            }
        }
    }
}

async fn newest(authority: &Authority, count: u32) -> Result<Vec<Value>, Failure> {
    let call = Call::get("/v1/audit").query("limit", Some(count)).query("order", Some("newest"));
    Ok(describe::list(&authority.call(call).await?.body, "/items").to_vec())
}

fn show(output: &Output, events: &[Value]) -> Outcome<()> {
    let rows: Vec<_> = events.iter().map(|event| event::row(output, event)).collect();
    if rows.is_empty() { Ok(()) } else { output.list(&event::HEADER, &rows) }
}

fn sequence(event: &Value) -> i64 {
    event.get("sequence").and_then(Value::as_i64).unwrap_or_default()
}

fn last_of(events: &[Value], before: i64) -> i64 {
    events.iter().map(sequence).max().unwrap_or(before)
}
