//! `jeton token suspend`: holds a token; `resume` gives it back. Also what suspend, resume and revoke have in common.

use super::token_id;
use crate::{
    cli::{
        Exit, Failure, Outcome,
        connection::Connection,
        describe::text,
        output::{Output, Tone},
    },
    client::Call,
};
use clap::Args;
use jeton_core::id::TokenId;
use serde_json::{Map, Value};

/// Hold a token: it is refused until it is resumed
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jeton token suspend 3Kx9sPq2LmZa --reason unusual_use --comment 'calls from two continents'")]
pub(crate) struct Suspend {
    #[command(flatten)]
    transition: Transition,
}

/// What every change of state takes.
#[derive(Debug, Args)]
pub(crate) struct Transition {
    /// The token's id
    #[arg(value_name = "ID", value_parser = token_id)]
    pub(crate) id: TokenId,
    /// Why, as a word such as leaked, unused or owner_left
    #[arg(long, value_name = "WORD")]
    reason: Option<String>,
    /// More words on that, for people
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
}

impl Suspend {
    /// Suspends it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        self.transition.make(connection, output, "suspend", "suspended").await
    }
}

impl Transition {
    /// Makes the change and says so.
    pub(crate) async fn make(self, connection: &Connection, output: &Output, verb: &str, done: &str) -> Outcome {
        let path = format!("/v1/tokens/{}/{verb}", self.id);
        let answer = connection.call(Call::post(&path).body(self.request()?)).await?;
        if output.json {
            output.document(&answer.body)?;
        } else {
            let revision = answer.revision.map(|revision| format!(" at revision {revision}")).unwrap_or_default();
            output.remark_toned(Tone::Good, done, &format!("`{}` ({}){revision}", text(&answer.body, "/name"), self.id));
        }
        Ok(Exit::Done)
    }
    fn request(&self) -> Result<Value, Failure> {
        let mut request = Map::new();
        for (name, value) in [("reason", &self.reason), ("comment", &self.comment)] {
            if let Some(value) = value {
                request.insert(name.to_owned(), value.as_str().into());
            }
        }
        Ok(Value::Object(request))
    }
}
