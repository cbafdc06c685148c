//! `jeton token usage`: how often, with what outcome, on which routes and from where.

use super::token_id;
use crate::{
    cli::{
        Exit, Outcome,
        connection::Connection,
        describe::{self, number, text},
        duration,
        output::Output,
    },
    client::Call,
};
use clap::Args;
use jeton_core::{id::TokenId, timestamp::Span};

/// Show how a token was used: by hour, outcome, route and network
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  jeton token usage 3Kx9sPq2LmZa\n  jeton token usage 3Kx9sPq2LmZa --since 30d --json")]
pub(crate) struct Usage {
    /// The token's id
    #[arg(value_name = "ID", value_parser = token_id)]
    id: TokenId,
    /// How far to look back
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = duration::span)]
    since: Span,
}

impl Usage {
    /// Shows it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let path = format!("/v1/tokens/{}/usage", self.id);
        let from = output.clock.now.minus(self.since).hour();
        let usage = connection.call(Call::get(&path).query("from", Some(from))).await?.body;
        if output.json {
            output.document(&usage)?;
            return Ok(Exit::Done);
        }
        let rows: Vec<_> = describe::list(&usage, "/items")
            .iter()
            .map(|row| {
                let secret = if row.pointer("/previous_secret").and_then(serde_json::Value::as_bool) == Some(true) { "old" } else { "" };
                let texts = ["/outcome", "/route", "/network"].map(|pointer| text(row, pointer).to_owned());
                let mut cells = vec![output.when(row.get("hour"))];
                cells.extend(texts);
                cells.extend([secret.to_owned(), number(row, "/count")]);
                cells
            })
            .collect();
        if rows.is_empty() {
            output.remark(&format!("{} was not used in the last {} (use shows within a few seconds)", self.id, self.since));
            return Ok(Exit::Done);
        }
        output.list(&["hour", "outcome", "route", "network", "secret", "count"], &rows)?;
        Ok(Exit::Done)
    }
}
