//! `jeton client rotate-secret`.

use super::client_id;
use crate::{
    cli::{Exit, Outcome, connection::Connection, describe::text, duration, output::Output},
    client::Call,
};
use clap::Args;
use jeton_core::{id::ClientId, timestamp::Span};
use serde_json::json;

/// Give a client another secret; the old one lives on for a day
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jeton client rotate-secret app_3Kx9sPq2LmZa --overlap 2h")]
pub(crate) struct RotateSecret {
    /// Its id
    #[arg(value_name = "ID", value_parser = client_id)]
    id: ClientId,
    /// How long the old secret still lives, as `2h`; `0s` for not at all
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = duration::span)]
    overlap: Span,
    /// End an overlap that is still running
    #[arg(long)]
    end_running_overlap: bool,
}

impl RotateSecret {
    /// Rotates it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let body = json!({ "overlap_seconds": self.overlap.as_seconds_up(), "end_running_overlap": self.end_running_overlap });
        let answer = connection.call(Call::post(&format!("/v1/clients/{}/rotate-secret", self.id)).body(body)).await?;
        if output.json {
            output.document(&answer.body)?;
        } else {
            output.line(text(&answer.body, "/client_secret"))?;
            let until = output.when(answer.body.get("previous_until"));
            output.remark(&format!("this is the only time that the secret is shown; the old one lives until {until}"));
        }
        Ok(Exit::Done)
    }
}
