//! `jeton client register`: metadata in, the answer of RFC 7591 out, the secret this once.

use crate::{
    cli::{Exit, Failure, Outcome, connection::Connection, describe::text, output::Output},
    client::Call,
};
use clap::Args;
use jeton_core::{limits, name::Audience, strict_json};
use serde_json::{Map, Value, json};
use std::{io::Read, path::PathBuf};

const AFTER: &str = "\
Examples:
  echo '{\"client_name\": \"Shop\", \"redirect_uris\": [\"https://shop.example/cb\"]}' \\
      | jeton client register --metadata - --approve
  echo '{\"client_name\": \"Nightly\", \"scope\": \"orders:read\",
         \"grant_types\": [\"client_credentials\"]}' \\
      | jeton client register --metadata - --approve

The answer, with the secret this once, is printed as one JSON document with or without --json.";

/// Register a client by its metadata (RFC 7591)
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Register {
    /// A file with its metadata as JSON; `-` for stdin
    #[arg(long, value_name = "FILE")]
    metadata: PathBuf,
    /// Approve it at once
    #[arg(long)]
    approve: bool,
    /// It is an app of the operator's own: people are not asked for consent
    #[arg(long)]
    first_party: bool,
    /// It is the resource server of the API with this audience, and may introspect its tokens; repeat for several
    #[arg(long, value_name = "URI", value_parser = audience)]
    introspects: Vec<Audience>,
    /// Its library is an old one: assertions may name the token endpoint as their audience and live for an hour
    #[arg(long)]
    legacy_assertions: bool,
}

fn audience(text: &str) -> Result<Audience, String> {
    Audience::parse(text).map_err(|fault| fault.to_string())
}

impl Register {
    /// Registers it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let metadata = self.read(connection)?;
        let mut body = json!({ "metadata": metadata, "approve": self.approve });
        let policy = self.policy();
        if let Some(members) = body.as_object_mut().filter(|_| !policy.is_empty()) {
            members.insert("policy".to_owned(), Value::Object(policy));
        }
        let answer = connection.call(Call::post("/v1/clients").body(body)).await?.body;
        output.document(&answer)?;
        if answer.get("client_secret").is_some() {
            output.remark("this is the only time that the secret is shown");
        }
        if text(&answer, "/jeton_state") == "pending" {
            output.remark(&format!("it waits for approval: `jeton client approve {}`", text(&answer, "/client_id")));
        }
        Ok(Exit::Done)
    }
    /// What is laid down about it; what was not said is left out.
    fn policy(&self) -> Map<String, Value> {
        let said = [
            ("first_party", self.first_party.then_some(json!(true))),
            ("introspects", (!self.introspects.is_empty()).then(|| json!(self.introspects))),
            ("legacy_assertion_audience", self.legacy_assertions.then_some(json!(true))),
        ];
        said.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
    fn read(&self, connection: &Connection) -> Result<Map<String, Value>, Failure> {
        let from_stdin = self.metadata.as_os_str() == "-";
        if from_stdin && connection.takes_stdin() {
            return Err(Failure::usage("stdin cannot give the token and the metadata").fix("put one of them into a file"));
        }
        let mut bytes = Vec::new();
        let most = limits::CLIENT_METADATA_MAX as u64 + 1;
        let read = if from_stdin {
            std::io::stdin().lock().take(most).read_to_end(&mut bytes)
        } else {
            std::fs::File::open(&self.metadata).and_then(|file| file.take(most).read_to_end(&mut bytes))
        };
        let shown = self.metadata.display();
        read.map_err(|fault| Failure::usage(format!("cannot read the metadata from `{shown}`: {fault}")))?;
        if bytes.len() > limits::CLIENT_METADATA_MAX {
            return Err(Failure::usage(format!("the metadata is longer than {} bytes", limits::CLIENT_METADATA_MAX)));
        }
        strict_json::object(&bytes, limits::JSON_DEPTH_MAX)
            .map_err(|fault| Failure::usage(format!("the metadata {fault}")).fix("`jeton client register --help` shows some"))
    }
}
