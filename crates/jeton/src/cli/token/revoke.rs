//! `jeton token revoke`: for good. One token, its whole family, or everything of a subject, a client, a project, a signing key or the
//! organisation.

mod many;

use super::{
    suspend::{Why, say},
    token_id,
    wait::{self, Wait},
};
use crate::{
    cli::{Outcome, confirm, connection::Connection, describe::text, output::Output},
    client::Call,
};
use clap::{ArgGroup, Args};
use jeton_core::id::TokenId;
use many::Many;
use serde_json::Value;

const AFTER: &str = "\
Examples:
  jeton token revoke 3Kx9sPq2LmZa --reason leaked
  jeton token revoke 3Kx9sPq2LmZa --yes --wait
  jeton token revoke 3Kx9sPq2LmZa --family
  jeton token revoke --subject usr_0123456789ab --reason owner_left
  jeton token revoke --client app_0123456789ab --dry-run
  jeton token revoke --project prj_0123456789ab --yes
  jeton token revoke --key NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs
  jeton token revoke --everything --issued-before 2026-12-20T08:00:00Z

When this has answered, the token and all that was derived from it are refused. Nothing brings them back. \
To hold a token for a while, use `jeton token suspend`.

Revoking everything of something is one change, however many tokens it ends. What is issued later lives; \
a client's registration and its secret stay.";

/// Take a token back for good, with all that was derived from it, or many at once
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
#[command(group = ArgGroup::new("what").required(true).args(["id", "subject", "client", "project", "key", "everything"]))]
pub(crate) struct Revoke {
    /// The token's id
    #[arg(value_name = "ID", value_parser = token_id)]
    id: Option<TokenId>,
    /// Begin with the token that it was derived from in the first place: the grant, or the first parent
    #[arg(long, requires = "id")]
    family: bool,
    #[command(flatten)]
    many: Many,
    #[command(flatten)]
    why: Why,
    #[command(flatten)]
    wait: Wait,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl Revoke {
    /// Revokes it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let Some(id) = self.id else {
            return self.many.revoke(self.why.request(self.wait), self.yes, connection, output).await;
        };
        let id = if self.family { first(connection, id).await? } else { id };
        confirm::ask(&format!("revoke {id} for good?"), self.yes)?;
        let answer = self.why.put(connection, id, "revoke", self.wait).await?;
        say(output, &answer, id, "revoked")?;
        wait::tell(output, &answer.body)
    }
}

/// The first of a token's family: what it was derived from, a client's registration not counted.
async fn first(connection: &Connection, id: TokenId) -> Outcome<TokenId> {
    let authority = connection.open()?;
    let mut first = id;
    for _ in 0..jeton_core::limits::DERIVATION_DEPTH_MAX {
        let shown = authority.call(Call::get(&format!("/v1/tokens/{first}"))).await?.body;
        let Some(parent) = shown.get("parent").and_then(Value::as_str).and_then(|parent| TokenId::parse(parent).ok()) else { break };
        let above = authority.call(Call::get(&format!("/v1/tokens/{parent}"))).await?.body;
        if text(&above, "/kind") == "cls" {
            break;
        }
        first = parent;
    }
    Ok(first)
}
