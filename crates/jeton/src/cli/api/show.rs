//! `jeton api show`.

use crate::cli::{Exit, Outcome, connection::Connection, output::Output};
use clap::Args;

/// Show an API with its scopes and routes
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  jeton api show Orders\n  jeton api show https://api.example.com --json")]
pub(crate) struct Show {
    /// Its id, audience or name
    #[arg(value_name = "API")]
    api: String,
}

impl Show {
    /// Shows it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let api = super::find(&connection.open()?, &self.api).await?;
        if output.json {
            output.document(&api)?
        } else {
            super::show(output, &api)?
        }
        Ok(Exit::Done)
    }
}
