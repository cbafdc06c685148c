//! `jeton token rotate`: a new secret under the same id, the old one good for an overlap.

use super::{Delivery, token_id};
use crate::{
    cli::{Exit, Outcome, connection::Connection, duration, output::Output},
    client::Call,
};
use clap::Args;
use jeton_core::{id::TokenId, timestamp::Span};
use serde_json::json;

const AFTER: &str = "\
Examples:
  jeton token rotate 3Kx9sPq2LmZa                # both secrets work for an hour
  jeton token rotate 3Kx9sPq2LmZa --overlap 7d
  jeton token rotate 3Kx9sPq2LmZa --overlap 0s   # the old one is dead at once
  jeton token rotate 3Kx9sPq2LmZa --until-silent  # dead after a day unused
  jeton token rotate 3Kx9sPq2LmZa --until-silent --quiet 7d

`jeton token show ID` tells whether the old secret is still used; `jeton token end-overlap ID` ends it at once.";

/// Give a token a new secret; the old one works until the overlap ends
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Rotate {
    /// The token's id
    #[arg(value_name = "ID", value_parser = token_id)]
    id: TokenId,
    /// How long the old secret still works
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration::span)]
    overlap: Span,
    /// Let the old secret work until nobody uses it any more, 90 days at most
    #[arg(long, conflicts_with = "overlap")]
    until_silent: bool,
    /// How long the old secret must not have been used
    #[arg(long, value_name = "DURATION", requires = "until_silent", value_parser = duration::span)]
    quiet: Option<Span>,
    /// End an overlap that is still running
    #[arg(long)]
    end_running_overlap: bool,
    #[command(flatten)]
    delivery: Delivery,
}

impl Rotate {
    /// Rotates it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        self.delivery.check()?;
        let path = format!("/v1/tokens/{}/rotate", self.id);
        let mut request = match (self.until_silent, self.quiet) {
            (false, _) => json!({ "overlap_seconds": self.overlap.as_seconds_up() }),
            (true, None) => json!({ "overlap": "until_silent" }),
            (true, Some(quiet)) => json!({ "overlap": "until_silent", "quiet_seconds": quiet.as_seconds_up() }),
        };
        if let (true, Some(members)) = (self.end_running_overlap, request.as_object_mut()) {
            members.insert("end_running_overlap".to_owned(), true.into());
        }
        let answer = connection.call(Call::post(&path).body(request)).await?;
        self.delivery.deliver(output, answer.body, "rotated")?;
        if !output.json {
            let until = output.clock.show(output.clock.now.plus(self.overlap));
            let old = if self.until_silent {
                "the old secret works until nobody uses it: `jeton token show` tells who still does".to_owned()
            } else if self.overlap.as_micros() == 0 {
                "the old secret is dead".to_owned()
            } else {
                format!("the old secret works until {until}")
            };
            output.remark(&old);
        }
        Ok(Exit::Done)
    }
}
