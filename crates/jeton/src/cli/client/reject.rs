//! `jeton client reject`.

use super::client_id;
use crate::{
    cli::{Outcome, connection::Connection, output::Output},
    client::Call,
};
use clap::Args;
use jeton_core::id::ClientId;
use serde_json::json;

/// Reject what waits of a client, and tell it why
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jeton client reject app_3Kx9sPq2LmZa --reason 'nobody knows this app'")]
pub(crate) struct Reject {
    /// Its id
    #[arg(value_name = "ID", value_parser = client_id)]
    id: ClientId,
    /// Why; the client is told
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

impl Reject {
    /// Rejects it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let authority = connection.open()?;
        let client = super::find(&authority, self.id).await?;
        let path = format!("/v1/clients/{}/reject", self.id);
        let call = Call::post(&path).body(json!({ "reason": self.reason })).header("if-match", super::condition(&client));
        super::say(output, &authority.call(call).await?, "rejected")
    }
}
