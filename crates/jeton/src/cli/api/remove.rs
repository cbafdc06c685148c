//! `jeton api remove`.

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
use serde_json::json;

/// Remove an API; tokens that are for it alone open nothing any more
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// Its id, audience or name
    #[arg(value_name = "API")]
    api: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl Remove {
    /// Removes it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let authority = connection.open()?;
        let api = super::find(&authority, &self.api).await?;
        let (id, name) = (text(&api, "/id"), text(&api, "/name"));
        confirm::ask(&format!("remove the API `{name}` ({})?", text(&api, "/audience")), self.yes)?;
        authority.call(Call::delete(&format!("/v1/apis/{id}"))).await?;
        if output.json {
            output.document(&json!({ "removed": id }))?;
        } else {
            output.remark_toned(Tone::Good, "removed", &format!("`{name}` ({id})"));
        }
        Ok(Exit::Done)
    }
}
