//! `jeton client`: OAuth clients, registered, looked at, approved and stopped.

mod approve;
mod list;
mod register;
mod reject;
mod remove;
mod resume;
mod rotate_secret;
mod show;
mod suspend;

use super::{
    Exit, Failure, Outcome,
    connection::Connection,
    describe::{self, number, text},
    output::{Output, Tone},
};
use crate::client::{Answer, Authority, Call};
use clap::{Args, Subcommand};
use jeton_core::id::ClientId;
use serde_json::Value;

/// OAuth clients: apps that people sign in to, services, agents
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct ClientCommand {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Register(register::Register),
    List(list::List),
    Show(show::Show),
    Approve(approve::Approve),
    Reject(reject::Reject),
    Suspend(suspend::Suspend),
    Resume(resume::Resume),
    Remove(remove::Remove),
    RotateSecret(rotate_secret::RotateSecret),
}

impl ClientCommand {
    /// Runs the verb.
    pub(crate) async fn run(self, output: &Output) -> Outcome {
        let connection = &self.connection;
        match self.verb {
            Verb::Register(verb) => verb.run(connection, output).await,
            Verb::List(verb) => verb.run(connection, output).await,
            Verb::Show(verb) => verb.run(connection, output).await,
            Verb::Approve(verb) => verb.run(connection, output).await,
            Verb::Reject(verb) => verb.run(connection, output).await,
            Verb::Suspend(verb) => verb.run(connection, output).await,
            Verb::Resume(verb) => verb.run(connection, output).await,
            Verb::Remove(verb) => verb.run(connection, output).await,
            Verb::RotateSecret(verb) => verb.run(connection, output).await,
        }
    }
}

/// Reads a client's id.
fn client_id(text: &str) -> Result<ClientId, String> {
    ClientId::parse(text).map_err(|fault| format!("{fault}; `jeton client list` shows the ids"))
}

/// The client of this id.
async fn find(authority: &Authority, id: ClientId) -> Result<Value, Failure> {
    Ok(authority.call(Call::get(&format!("/v1/clients/{id}"))).await?.body)
}

/// The version of a client, as a condition.
fn condition(client: &Value) -> Option<String> {
    Some(format!("\"{}\"", number(client, "/version")))
}

/// Says what was done to a client.
fn say(output: &Output, answer: &Answer, done: &str) -> Outcome {
    if output.json {
        output.document(&answer.body)?;
    } else {
        output.remark_toned(Tone::Good, done, &format!("`{}` ({})", text(&answer.body, "/name"), text(&answer.body, "/id")));
    }
    Ok(Exit::Done)
}

/// The state with its colour.
fn state(output: &Output, client: &Value) -> String {
    let word = text(client, "/state");
    let tone = match word {
        "approved" => Tone::Good,
        "pending" | "suspended" => Tone::Warning,
        _ => Tone::Bad,
    };
    let waits = client.get("pending").is_some_and(|pending| !pending.is_null());
    if waits { format!("{} (a change waits)", output.tone(tone, word)) } else { output.tone(tone, word) }
}

/// A client in full.
fn show(output: &Output, client: &Value) -> Result<(), Failure> {
    let mut pairs = vec![
        ("id", text(client, "/id").to_owned()),
        ("client id", text(client, "/client_id").to_owned()),
        ("name", text(client, "/name").to_owned()),
        ("state", state(output, client)),
        ("source", text(client, "/source").to_owned()),
        ("reason", describe::or_dash(text(client, "/reason"))),
        ("registered", output.when(client.get("created_at"))),
        ("version", number(client, "/version")),
    ];
    pairs.extend(registration("", client.get("metadata").unwrap_or(&Value::Null)));
    if let Some(pending) = client.get("pending").filter(|pending| !pending.is_null()) {
        pairs.extend(registration("wanted ", pending));
    }
    let pairs: Vec<(&str, String)> = pairs;
    output.pairs(&pairs)
}

/// What an operator looks at in a registration.
fn registration(which: &str, metadata: &Value) -> Vec<(&'static str, String)> {
    let labels = match which {
        "" => ["redirect URIs", "grant types", "proves itself by", "scope"],
        _ => ["wanted redirect URIs", "wanted grant types", "wanted proof", "wanted scope"],
    };
    let [redirects, grants, proof, scope] = labels;
    vec![
        (redirects, describe::or_dash(&describe::joined(metadata, "/redirect_uris", "\n"))),
        (grants, describe::or_dash(&describe::joined(metadata, "/grant_types", "\n"))),
        (proof, text(metadata, "/token_endpoint_auth_method").to_owned()),
        (scope, describe::or_dash(text(metadata, "/scope"))),
    ]
}
