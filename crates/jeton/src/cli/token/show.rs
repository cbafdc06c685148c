//! `jeton token show`.

use super::token_id;
use crate::{
    cli::{Exit, Outcome, connection::Connection, describe, output::Output},
    client::Call,
};
use clap::Args;
use jeton_core::id::TokenId;

/// Show all about a token but its secret
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jeton token show 3Kx9sPq2LmZa")]
pub(crate) struct Show {
    /// The token's id
    #[arg(value_name = "ID", value_parser = token_id)]
    id: TokenId,
}

impl Show {
    /// Shows it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let token = connection.call(Call::get(&format!("/v1/tokens/{}", self.id))).await?.body;
        if output.json {
            output.document(&token)?;
        } else {
            output.pairs(&describe::token_pairs(output, &token))?;
        }
        Ok(Exit::Done)
    }
}
