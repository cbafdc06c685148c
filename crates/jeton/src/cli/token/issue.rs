//! `jeton token issue`: prints the token this once.

use super::{
    Delivery,
    grant::{Grant, Metadata},
};
use crate::{
    cli::{
        Exit, Failure, Outcome,
        connection::Connection,
        duration::{self, Expires},
        output::Output,
    },
    client::Call,
};
use clap::Args;
use jeton_core::{kind::TokenFormat, kind::TokenKind, timestamp::Timestamp};
use serde_json::{Map, Value, json};

const AFTER: &str = "\
Examples:
  jeton token issue --name ci --audience https://api.example.com \\
      --scope orders:read
  jeton token issue --kind key --name shop --project prj_… \\
      --audience https://api.example.com --scope 'orders:*' \\
      --network 203.0.113.0/24 --rate 100/1m --expires 365d --out shop.key
  TOKEN=$(jeton token issue --name try --audience https://api.example.com)

The token goes to stdout, this once; everything else goes to stderr. Only its SHA-256 is stored.";

/// Issue a token and print it, this once
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Issue {
    /// What it is for: pat (a person's), key (a project's secret), pub (a project's publishable) or svc (a service's)
    #[arg(long, value_name = "KIND", default_value = "pat", value_parser = kind)]
    kind: TokenKind,
    /// A name to know it by
    #[arg(long, value_name = "NAME")]
    name: String,
    #[command(flatten)]
    grant: Grant,
    /// When it ends: a duration, an instant or `never` [default: 90d; of a JWT 15m]
    #[arg(long, value_name = "WHEN", value_parser = duration::expires, allow_hyphen_values = true)]
    expires: Option<Expires>,
    /// From when on it works, as an instant
    #[arg(long, value_name = "INSTANT", value_parser = duration::instant)]
    not_before: Option<Timestamp>,
    /// Whom it speaks for [default: whoever issues it]
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,
    /// The project that it belongs to
    #[arg(long, value_name = "ID")]
    project: Option<String>,
    /// opaque, or jwt for a signed JWT access token
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    format: Option<TokenFormat>,
    #[command(flatten)]
    metadata: Metadata,
    /// Makes a repeated call give the first answer again, for a day
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    #[command(flatten)]
    delivery: Delivery,
}

fn kind(text: &str) -> Result<TokenKind, String> {
    let kinds = "must be pat, key, pub or svc";
    TokenKind::parse(text).filter(|kind| kind.issued_directly() || *kind == TokenKind::Oat).ok_or_else(|| kinds.to_owned())
}

/// Reads a token format as an argument.
pub(crate) fn format(text: &str) -> Result<TokenFormat, String> {
    TokenFormat::parse(text).ok_or_else(|| "must be opaque or jwt".to_owned())
}

impl Issue {
    /// Issues it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        self.delivery.check()?;
        let request = self.request(output.clock.now)?;
        let call = Call::post("/v1/tokens").body(request).header("idempotency-key", self.idempotency_key);
        let answer = connection.call(call).await?;
        self.delivery.deliver(output, answer.body, "issued")?;
        Ok(Exit::Done)
    }
    fn request(&self, now: Timestamp) -> Result<Value, Failure> {
        let mut request = Map::new();
        request.insert("kind".to_owned(), json!(self.kind));
        request.insert("name".to_owned(), json!(self.name));
        self.grant.put_into(&mut request);
        self.metadata.put_into(&mut request)?;
        if let Some(expires) = self.expires {
            request.insert("expires_in".to_owned(), expires.seconds_at(now).map_err(Failure::usage)?);
        }
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                request.insert(name.to_owned(), value);
            }
        };
        put("not_before", self.not_before.map(|at| json!(at)));
        put("subject", self.subject.as_ref().map(|subject| json!(subject)));
        put("project", self.project.as_ref().map(|project| json!(project)));
        put("format", self.format.map(|format| json!(format)));
        Ok(Value::Object(request))
    }
}
