//! `jeton token resume`.

use super::{
    suspend::{Why, say},
    token_id,
    wait::Wait,
};
use crate::cli::{Exit, Failure, Outcome, connection::Connection, output::Output};
use clap::Args;
use jeton_core::id::TokenId;
use serde_json::json;

const AFTER: &str = "\
Examples:
  jeton token resume 3Kx9sPq2LmZa --comment 'the owner has confirmed it'
  jeton token resume 3Kx9sPq2LmZa 7Yb2nQw8RtKc";

/// Give suspended tokens back to their holders
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Resume {
    /// The tokens' ids
    #[arg(value_name = "ID", value_parser = token_id, required = true, num_args = 1..)]
    ids: Vec<TokenId>,
    #[command(flatten)]
    why: Why,
}

impl Resume {
    /// Resumes them one by one. One that cannot be resumed does not keep the others from it.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        if let [id] = self.ids.as_slice() {
            return say(output, &self.why.put(connection, *id, "resume", Wait::default()).await?, *id, "resumed");
        }
        let (mut resumed, mut refused, mut first) = (Vec::new(), Vec::new(), None::<Failure>);
        for id in &self.ids {
            match self.why.put(connection, *id, "resume", Wait::default()).await {
                Ok(answer) if output.json => resumed.push(answer.body),
                Ok(answer) => drop(say(output, &answer, *id, "resumed")?),
                Err(failure) => {
                    output.remark(&format!("not resumed: {id}: {}", failure.what));
                    refused.push(json!({ "id": id, "why": failure.what }));
                    first = first.or(Some(failure));
                }
            }
        }
        if output.json {
            output.document(&json!({ "resumed": resumed, "refused": refused }))?;
        }
        Ok(first.map_or(Exit::Done, |failure| failure.exit))
    }
}
