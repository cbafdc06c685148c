//! `jeton client resume`.

use super::client_id;
use crate::{
    cli::{Outcome, connection::Connection, output::Output},
    client::Call,
};
use clap::Args;
use jeton_core::id::ClientId;
use serde_json::json;

/// End the suspension of a client; its tokens work again
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jeton client resume app_3Kx9sPq2LmZa")]
pub(crate) struct Resume {
    /// Its id
    #[arg(value_name = "ID", value_parser = client_id)]
    id: ClientId,
}

impl Resume {
    /// Resumes it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let answer = connection.call(Call::post(&format!("/v1/clients/{}/resume", self.id)).body(json!({}))).await?;
        super::say(output, &answer, "resumed")
    }
}
