//! `jeton token end-overlap`: after a rotation, the old secret is dead at once.

use super::{suspend::say, token_id};
use crate::{
    cli::{Exit, Outcome, connection::Connection, output::Output},
    client::Call,
};
use clap::Args;
use jeton_core::id::TokenId;

/// End the overlap of a rotation: only the newest secret works
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jeton token end-overlap 3Kx9sPq2LmZa")]
pub(crate) struct EndOverlap {
    /// The token's id
    #[arg(value_name = "ID", value_parser = token_id)]
    id: TokenId,
}

impl EndOverlap {
    /// Ends it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome<Exit> {
        let answer = connection.call(Call::post(&format!("/v1/tokens/{}/end-overlap", self.id))).await?;
        say(output, &answer, self.id, "ended the overlap of")
    }
}
