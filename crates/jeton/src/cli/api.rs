//! `jeton api`: the APIs that tokens are for, with their scopes and routes.

mod add;
mod edit;
pub(crate) mod limits;
mod list;
pub(crate) mod offer;
mod remove;
mod show;

use super::{Failure, Outcome, connection::Connection, describe::text, output::Output, paging};
use crate::client::{Authority, Call};
use clap::{Args, Subcommand};
use jeton_core::id::ApiId;
use serde_json::Value;

/// Declare APIs: their audience, scopes and routes
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct ApiCommand {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Add(add::Add),
    List(list::List),
    Show(show::Show),
    Edit(edit::Edit),
    Remove(remove::Remove),
}

impl ApiCommand {
    /// Runs the verb.
    pub(crate) async fn run(self, output: &Output) -> Outcome {
        let connection = &self.connection;
        match self.verb {
            Verb::Add(verb) => verb.run(connection, output).await,
            Verb::List(verb) => verb.run(connection, output).await,
            Verb::Show(verb) => verb.run(connection, output).await,
            Verb::Edit(verb) => verb.run(connection, output).await,
            Verb::Remove(verb) => verb.run(connection, output).await,
        }
    }
}

/// The API of this id, audience or name.
async fn find(authority: &Authority, wanted: &str) -> Result<Value, Failure> {
    if ApiId::parse(wanted).is_ok() {
        return Ok(authority.call(Call::get(&format!("/v1/apis/{wanted}"))).await?.body);
    }
    let apis = paging::read_all(authority, "/v1/apis").await?;
    let named = |api: &&Value| text(api, "/audience") == wanted || text(api, "/name") == wanted;
    apis.iter().find(named).cloned().ok_or_else(|| {
        Failure::not_found(format!("there is no API with the id, audience or name `{}`", wanted.escape_debug()))
            .fix("`jeton api list` shows those that there are")
    })
}

/// How long access tokens for an API live.
fn access_token_life(api: &Value) -> String {
    match api.get("access_token_seconds").and_then(Value::as_u64) {
        Some(seconds) => format!("{seconds} s"),
        None => "as configured".to_owned(),
    }
}

/// How old the memory of a gate may be for an API, and what happens then.
fn staleness(api: &Value) -> (String, String) {
    let age = api.get("max_staleness_ms").and_then(Value::as_u64);
    let more = api.get("serve_stale_seconds").and_then(Value::as_u64);
    let age = age.map_or_else(|| "as the gate is configured".to_owned(), |age| format!("{age} ms"));
    (age, more.map_or_else(|| "never".to_owned(), |more| format!("for {more} s")))
}

/// An API in full.
fn show(output: &Output, api: &Value) -> Result<(), Failure> {
    let (max_staleness, serve_stale) = staleness(api);
    output.pairs(&[
        ("id", text(api, "/id").to_owned()),
        ("name", text(api, "/name").to_owned()),
        ("audience", text(api, "/audience").to_owned()),
        ("scopes", offer::scope_lines(api)),
        ("routes", offer::route_lines(api)),
        ("token format", text(api, "/token_format").to_owned()),
        ("access token life", access_token_life(api)),
        ("by grant type", offer::grant_life_lines(api)),
        ("limits", limits::limit_lines(api)),
        ("max staleness", max_staleness),
        ("served stale", serve_stale),
        ("version", super::describe::number(api, "/version")),
    ])
}
