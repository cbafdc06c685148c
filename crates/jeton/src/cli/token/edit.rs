//! `jeton token edit`: changes a token's name, rules or end; never its kind, format, parent or secret.

use super::{
    grant::{Grant, Metadata},
    token_id,
};
use crate::{
    cli::{
        Exit, Failure, Outcome,
        connection::Connection,
        describe,
        duration::{self, Expires},
        output::{Output, Tone},
    },
    client::Call,
};
use clap::Args;
use jeton_core::id::TokenId;
use serde_json::{Map, Value, json};

const AFTER: &str = "\
Examples:
  jeton token edit 3Kx9sPq2LmZa --name 'ci deploy (eu)'
  jeton token edit 3Kx9sPq2LmZa --scope orders:read --scope orders:write
  jeton token edit 3Kx9sPq2LmZa --any-network --expires 30d

What is named is replaced whole; what is not named stays.";

/// Change a token's name, rules or end
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Edit {
    /// The token's id
    #[arg(value_name = "ID", value_parser = token_id)]
    id: TokenId,
    /// A new name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    grant: Grant,
    /// Allow it from everywhere
    #[arg(long, conflicts_with_all = ["networks", "except_networks"])]
    any_network: bool,
    /// Allow it every route that its scopes open
    #[arg(long, conflicts_with = "routes")]
    any_route: bool,
    /// Take its limits away
    #[arg(long, conflicts_with_all = ["rates", "quotas"])]
    no_limits: bool,
    /// When it ends: a duration from now, an instant or `never`
    #[arg(long, value_name = "WHEN", value_parser = duration::expires, allow_hyphen_values = true)]
    expires: Option<Expires>,
    #[command(flatten)]
    metadata: Metadata,
    /// Only if it is still at this version
    #[arg(long, value_name = "N")]
    if_version: Option<u64>,
}

impl Edit {
    /// Edits it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let request = self.request(output)?;
        let path = format!("/v1/tokens/{}", self.id);
        let authority = connection.open()?;
        let version = match self.if_version {
            Some(version) => format!("\"{version}\""),
            None => {
                let before = authority.call(Call::get(&path)).await?;
                before.etag.unwrap_or_else(|| format!("\"{}\"", describe::number(&before.body, "/version")))
            }
        };
        let token = authority.call(Call::patch(&path).body(request).header("if-match", Some(version))).await?.body;
        if output.json {
            output.document(&token)?;
        } else {
            output.remark_toned(Tone::Good, "changed", &format!("`{}` ({})", describe::text(&token, "/name"), self.id));
            output.pairs(&describe::token_pairs(output, &token))?;
        }
        Ok(Exit::Done)
    }
    fn request(&self, output: &Output) -> Result<Value, Failure> {
        let mut request = Map::new();
        self.grant.put_into(&mut request);
        self.metadata.put_into(&mut request)?;
        if let Some(name) = &self.name {
            request.insert("name".to_owned(), json!(name));
        }
        if let Some(expires) = self.expires {
            request.insert("expires_in".to_owned(), expires.seconds_at(output.clock.now).map_err(Failure::usage)?);
        }
        let cleared = [
            (self.any_network, "networks", json!({ "allow": [], "except": [] })),
            (self.any_route, "routes", json!([])),
            (self.no_limits, "limits", json!({ "rates": [], "quotas": [] })),
        ];
        for (wanted, name, value) in cleared {
            if wanted {
                request.insert(name.to_owned(), value);
            }
        }
        if request.is_empty() {
            return Err(Failure::usage("there is nothing to change").fix("name what is to be changed, such as --name or --scope"));
        }
        Ok(Value::Object(request))
    }
}
