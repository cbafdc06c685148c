//! `jeton client suspend`.

use super::client_id;
use crate::{
    cli::{Outcome, connection::Connection, output::Output},
    client::Call,
};
use clap::Args;
use jeton_core::id::ClientId;
use serde_json::json;

/// Suspend a client and all of its tokens, at once
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jeton client suspend app_3Kx9sPq2LmZa --reason 'its server was broken into'")]
pub(crate) struct Suspend {
    /// Its id
    #[arg(value_name = "ID", value_parser = client_id)]
    id: ClientId,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl Suspend {
    /// Suspends it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let body = self.reason.map_or_else(|| json!({}), |reason| json!({ "reason": reason }));
        let answer = connection.call(Call::post(&format!("/v1/clients/{}/suspend", self.id)).body(body)).await?;
        super::say(output, &answer, "suspended")
    }
}
