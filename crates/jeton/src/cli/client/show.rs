//! `jeton client show`.

use super::client_id;
use crate::cli::{Exit, Outcome, connection::Connection, output::Output};
use clap::Args;
use jeton_core::id::ClientId;

/// Show a client with what it asks for
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  jeton client show app_3Kx9sPq2LmZa\n  jeton client show app_3Kx9sPq2LmZa --json")]
pub(crate) struct Show {
    /// Its id
    #[arg(value_name = "ID", value_parser = client_id)]
    id: ClientId,
}

impl Show {
    /// Shows it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let client = super::find(&connection.open()?, self.id).await?;
        if output.json {
            output.document(&client)?
        } else {
            super::show(output, &client)?
        }
        Ok(Exit::Done)
    }
}
