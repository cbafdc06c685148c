//! `jeton token list`.

use super::search::Search;
use crate::cli::{
    Exit, Outcome,
    connection::Connection,
    describe::{self, text},
    output::Output,
    paging::{self, Paging},
};
use clap::Args;

const AFTER: &str = "\
Examples:
  jeton token list
  jeton token list --state active --kind key --all
  jeton token list --scope orders:delete --expires never
  jeton token list --hint x7Qd           # whose token ends like this?
  jeton token list --json | jq -r '.items[].id'";

/// List tokens, newest first, without their secrets
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct List {
    #[command(flatten)]
    search: Search,
    #[command(flatten)]
    paging: Paging,
}

impl List {
    /// Lists them.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let authority = connection.open()?;
        let query = self.search.query();
        let page = paging::read(&authority, "/v1/tokens", &query, &self.paging).await?;
        if output.json {
            output.document(&page)?;
            return Ok(Exit::Done);
        }
        let rows: Vec<_> = describe::list(&page, "/items").iter().map(|token| describe::token_row(output, token)).collect();
        if rows.is_empty() {
            let filtered = query.iter().any(|(_, value)| value.is_some());
            output.remark(if filtered {
                "no token fits; leave out a filter to see more"
            } else {
                "there is no token yet: issue one with `jeton token issue --name NAME --audience URI --scope SCOPE`"
            });
            return Ok(Exit::Done);
        }
        output.list(&describe::TOKEN_HEADER, &rows)?;
        more(output, text(&page, "/next"));
        Ok(Exit::Done)
    }
}

/// Says how to see the next page.
pub(crate) fn more(output: &Output, next: &str) {
    if !next.is_empty() {
        output.remark(&format!("there are more: add `--cursor {next}`, or `--all`"));
    }
}
