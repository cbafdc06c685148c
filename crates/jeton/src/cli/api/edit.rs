//! `jeton api edit`: changes an API's name, scopes or routes; its audience stays, for tokens name it.

use super::offer::Offer;
use crate::{
    cli::{
        Exit, Failure, Outcome,
        connection::Connection,
        describe::{number, text},
        output::{Output, Tone},
    },
    client::Call,
};
use clap::Args;
use serde_json::{Map, Value, json};

/// Change an API's name, scopes or routes
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jeton api edit Orders --scope orders:read --scope orders:write\n\nWhat is named is replaced whole; what is not named stays."
)]
pub(crate) struct Edit {
    /// Its id, audience or name
    #[arg(value_name = "API")]
    api: String,
    /// A new name for people
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    offer: Offer,
}

impl Edit {
    /// Edits it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let mut request = Map::new();
        if let Some(name) = &self.name {
            request.insert("name".to_owned(), json!(name));
        }
        self.offer.put_into(&mut request)?;
        if request.is_empty() {
            return Err(
                Failure::usage("there is nothing to change").fix("name what is to be changed: --name, --scope, --public-scope, --sensitive-scope, --route, --token-format, --access-token-life, --grant-life, --limit, --max-staleness-ms or --serve-stale")
            );
        }
        let authority = connection.open()?;
        let before = super::find(&authority, &self.api).await?;
        let path = format!("/v1/apis/{}", text(&before, "/id"));
        let version = format!("\"{}\"", number(&before, "/version"));
        let call = Call::patch(&path).body(Value::Object(request)).header("if-match", Some(version));
        let api = authority.call(call).await?.body;
        if output.json {
            output.document(&api)?;
        } else {
            output.remark_toned(Tone::Good, "changed", text(&api, "/name"));
            super::show(output, &api)?;
        }
        Ok(Exit::Done)
    }
}
