//! `jeton token suspend`: holds a token; `resume` gives it back. Also what suspend, resume and revoke have in common.

use super::{
    token_id,
    wait::{self, Wait},
};
use crate::{
    cli::{
        Exit, Outcome,
        connection::Connection,
        describe::text,
        output::{Output, Tone},
    },
    client::{Answer, Call},
};
use clap::Args;
use jeton_core::id::TokenId;
use serde_json::{Map, Value};

/// Hold a token: it is refused until it is resumed
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jeton token suspend 3Kx9sPq2LmZa --reason unusual_use --comment 'two places'")]
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
    #[command(flatten)]
    why: Why,
    #[command(flatten)]
    wait: Wait,
}

/// What every change of state may be told.
#[derive(Debug, Args)]
pub(crate) struct Why {
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
        let answer = self.why.put(connection, self.id, verb, self.wait).await?;
        say(output, &answer, self.id, done)?;
        wait::tell(output, &answer.body)
    }
}

/// Says what was done to a token.
pub(crate) fn say(output: &Output, answer: &Answer, id: TokenId, done: &str) -> Outcome {
    if output.json {
        output.document(&answer.body)?;
    } else {
        let revision = answer.revision.map(|revision| format!(" at revision {revision}")).unwrap_or_default();
        output.remark_toned(Tone::Good, done, &format!("`{}` ({id}){revision}", text(&answer.body, "/name")));
    }
    Ok(Exit::Done)
}

impl Why {
    /// Makes the change of one token.
    pub(crate) async fn put(&self, connection: &Connection, id: TokenId, verb: &str, wait: Wait) -> Outcome<Answer> {
        connection.call(Call::post(&format!("/v1/tokens/{id}/{verb}")).body(self.request(wait))).await
    }
    /// Why, and whether to wait, as a request says it.
    pub(crate) fn request(&self, wait: Wait) -> Value {
        let mut request = Map::new();
        for (name, value) in [("reason", &self.reason), ("comment", &self.comment)] {
            if let Some(value) = value {
                request.insert(name.to_owned(), value.as_str().into());
            }
        }
        wait.put(&mut request);
        Value::Object(request)
    }
}
