//! `jeton api add`.

use super::offer::Offer;
use crate::{
    cli::{
        Exit, Outcome,
        connection::Connection,
        describe::text,
        output::{Output, Tone},
        token::audience,
    },
    client::Call,
};
use clap::Args;
use serde_json::{Map, Value, json};

const AFTER: &str = "\
Example:
  jeton api add --audience https://api.example.com --name Orders \\
      --scope 'orders:read=Read orders' --scope 'orders:write=Place orders' \\
      --route 'GET /v1/orders/**=orders:read' \\
      --route 'POST /v1/orders=orders:write'";

/// Declare an API
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Add {
    /// What tokens name it by: its URI, compared byte for byte
    #[arg(long, value_name = "URI", value_parser = audience)]
    audience: String,
    /// A name for people
    #[arg(long, value_name = "NAME")]
    name: String,
    #[command(flatten)]
    offer: Offer,
}

impl Add {
    /// Adds it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let mut request = Map::new();
        request.insert("audience".to_owned(), json!(self.audience));
        request.insert("name".to_owned(), json!(self.name));
        self.offer.put_into(&mut request)?;
        let api = connection.call(Call::post("/v1/apis").body(Value::Object(request))).await?.body;
        if output.json {
            output.document(&api)?;
        } else {
            output.remark_toned(Tone::Good, "added", &format!("`{}` as {}", text(&api, "/name"), text(&api, "/id")));
            output.remark(&format!("tokens for it: `jeton token issue --name NAME --audience {} --scope SCOPE`", text(&api, "/audience")));
        }
        Ok(Exit::Done)
    }
}
