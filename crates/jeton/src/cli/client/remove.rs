//! `jeton client remove`.

use super::client_id;
use crate::{
    cli::{
        Exit, Outcome, confirm,
        connection::Connection,
        describe::text,
        output::{Output, Tone},
    },
    client::Call,
};
use clap::Args;
use jeton_core::id::ClientId;
use serde_json::json;

/// Remove a client; all of its tokens die with it
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jeton client remove app_3Kx9sPq2LmZa --yes")]
pub(crate) struct Remove {
    /// Its id
    #[arg(value_name = "ID", value_parser = client_id)]
    id: ClientId,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl Remove {
    /// Removes it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let authority = connection.open()?;
        let client = super::find(&authority, self.id).await?;
        let name = text(&client, "/name");
        confirm::ask(&format!("remove the client `{name}` ({}) and revoke all of its tokens?", self.id), self.yes)?;
        authority.call(Call::delete(&format!("/v1/clients/{}", self.id))).await?;
        if output.json {
            output.document(&json!({ "removed": self.id }))?;
        } else {
            output.remark_toned(Tone::Good, "removed", &format!("`{name}` ({})", self.id));
        }
        Ok(Exit::Done)
    }
}
