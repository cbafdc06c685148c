//! `jeton key`: the keys that sign JWT access tokens.

mod master;

use super::{
    Exit, Outcome,
    connection::Connection,
    describe::{self, text},
    local::Installation,
    output::{Output, Tone},
};
use crate::client::{Authority, Call};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

/// The keys that sign JWT access tokens, and the master key
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct KeyCommand {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List signing keys: published, signing, or verifying what they signed
    List,
    /// Make a new signing key (or master key) and retire the present one
    #[command(after_help = ROTATE)]
    Rotate {
        /// What the new signing key is for: ES256, EdDSA or RS256 [default: as configured]
        #[arg(long, value_name = "ALGORITHM")]
        algorithm: Option<String>,
        /// Sign with it at once: verifiers that keep the key set for a while refuse its first tokens
        #[arg(long)]
        now: bool,
        /// Rotate the master key of this machine's installation instead; the authority must not run
        #[arg(long, conflicts_with_all = ["algorithm", "now"])]
        master: bool,
        #[command(flatten)]
        installation: Installation,
    },
}

const ROTATE: &str = "\
Examples:
  jeton key rotate
  jeton key rotate --algorithm EdDSA
  jeton key rotate --now                # the present key has leaked
  jeton key rotate --master      # with the authority stopped: marks all anew

A new signing key is in the key set for a while before it signs, so that verifiers have it by then; the old one \
verifies until the last token that it signed has ended.";

impl KeyCommand {
    /// Runs the verb.
    pub(crate) async fn run(self, output: &Output) -> Outcome {
        match self.verb {
            Verb::List => list(&self.connection.open()?, output).await,
            Verb::Rotate { master: true, installation, .. } => master::rotate(&installation.config()?, output).await,
            Verb::Rotate { algorithm, now, .. } => rotate(&self.connection.open()?, output, algorithm, now).await,
        }
    }
}

async fn list(authority: &Authority, output: &Output) -> Outcome {
    let keys = authority.call(Call::get("/v1/keys")).await?.body;
    if output.json {
        output.document(&keys)?;
        return Ok(Exit::Done);
    }
    let row = |key: &Value| {
        let removed = match key.get("removed_at") {
            Some(at @ Value::String(_)) => output.when_briefly(Some(at)),
            _ => "-".to_owned(),
        };
        let stage = match text(key, "/stage") {
            "" => text(key, "/status"),
            stage => stage,
        };
        vec![
            text(key, "/kid").to_owned(),
            text(key, "/algorithm").to_owned(),
            stage.to_owned(),
            output.when_briefly(key.get("signs_from")),
            removed,
        ]
    };
    let rows: Vec<_> = describe::list(&keys, "/items").iter().map(row).collect();
    if rows.is_empty() {
        output.remark("there is no signing key: `jeton key rotate` makes one");
        return Ok(Exit::Done);
    }
    output.list(&["kid", "algorithm", "stage", "signs from", "until"], &rows)?;
    Ok(Exit::Done)
}

async fn rotate(authority: &Authority, output: &Output, algorithm: Option<String>, now: bool) -> Outcome {
    let mut request = Map::new();
    if let Some(algorithm) = algorithm {
        request.insert("algorithm".to_owned(), json!(algorithm));
    }
    if now {
        request.insert("now".to_owned(), json!(true));
    }
    let answer = authority.call(Call::post("/v1/keys/rotate").body(Value::Object(request))).await?.body;
    if output.json {
        output.document(&answer)?;
    } else {
        let from = output.when(answer.get("signs_from"));
        output.remark_toned(
            Tone::Good,
            "published",
            &format!("{} ({}), signs from {from}", text(&answer, "/kid"), text(&answer, "/algorithm")),
        );
    }
    Ok(Exit::Done)
}
