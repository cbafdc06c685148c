//! `jeton token derive`: a narrower child of a token.

use super::{
    Delivery,
    grant::{Grant, Metadata},
    issue::format,
    token_id,
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
use jeton_core::{id::TokenId, kind::TokenFormat};
use serde_json::{Map, Value, json};

const AFTER: &str = "\
Examples:
  jeton token derive 3Kx9sPq2LmZa --name job --scope orders:read --expires 1h
  jeton token derive 3Kx9sPq2LmZa --name edge --format jwt

A child is never wider, freer or longer-lived than its parent, spends its parent's limits too, and dies with it.";

/// Derive a narrower token from another
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Derive {
    /// The parent's id
    #[arg(value_name = "ID", value_parser = token_id)]
    id: TokenId,
    /// A name to know the child by
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    grant: Grant,
    /// When it ends: a duration or an instant [default: with its parent; of a JWT 15m]
    #[arg(long, value_name = "WHEN", value_parser = duration::expires, allow_hyphen_values = true)]
    expires: Option<Expires>,
    /// opaque, or jwt for a short JWT access token
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    format: Option<TokenFormat>,
    #[command(flatten)]
    metadata: Metadata,
    #[command(flatten)]
    delivery: Delivery,
}

impl Derive {
    /// Derives it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        self.delivery.check()?;
        let mut request = Map::new();
        self.grant.put_into(&mut request);
        self.metadata.put_into(&mut request)?;
        if let Some(name) = &self.name {
            request.insert("name".to_owned(), json!(name));
        }
        if let Some(expires) = self.expires {
            request.insert("expires_in".to_owned(), expires.seconds_at(output.clock.now).map_err(Failure::usage)?);
        }
        if let Some(format) = self.format {
            request.insert("format".to_owned(), json!(format));
        }
        let path = format!("/v1/tokens/{}/derive", self.id);
        let answer = connection.call(Call::post(&path).body(Value::Object(request))).await?;
        self.delivery.deliver(output, answer.body, "derived")?;
        Ok(Exit::Done)
    }
}
