//! `jeton client approve`.

use super::client_id;
use crate::{
    cli::{Outcome, connection::Connection, output::Output},
    client::Call,
};
use clap::Args;
use jeton_core::id::ClientId;
use serde_json::json;

/// Approve what waits of a client: its registration, or a change of one
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jeton client approve app_3Kx9sPq2LmZa\n  jeton client approve app_3Kx9sPq2LmZa --scope orders:read --scope openid"
)]
pub(crate) struct Approve {
    /// Its id
    #[arg(value_name = "ID", value_parser = client_id)]
    id: ClientId,
    /// Only this of the scopes that it asks for; repeat for several [default: all of them]
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
}

impl Approve {
    /// Approves it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let authority = connection.open()?;
        let client = super::find(&authority, self.id).await?;
        let body = if self.scopes.is_empty() { json!({}) } else { json!({ "scopes": self.scopes }) };
        let path = format!("/v1/clients/{}/approve", self.id);
        let answer = authority.call(Call::post(&path).body(body).header("if-match", super::condition(&client))).await?;
        super::say(output, &answer, "approved")
    }
}
