//! `jeton token list`.

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
  jeton token list --hint x7Qd           # whose token ends like this?
  jeton token list --json | jq -r '.items[].id'";

/// List tokens, newest first, without their secrets
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct List {
    /// Only of this kind: pat, key, pub, svc or oat
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Only in this state: active, suspended, revoked or expired
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// Only of this subject
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,
    /// Only of this project
    #[arg(long, value_name = "ID")]
    project: Option<String>,
    /// Only for this API
    #[arg(long, value_name = "URI")]
    audience: Option<String>,
    /// Only with these last four characters
    #[arg(long, value_name = "LAST4")]
    hint: Option<String>,
    /// Only derived from this token
    #[arg(long, value_name = "ID")]
    parent: Option<String>,
    #[command(flatten)]
    paging: Paging,
}

impl List {
    /// Lists them.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let authority = connection.open()?;
        let query = [
            ("kind", self.kind),
            ("state", self.state),
            ("subject", self.subject),
            ("project", self.project),
            ("audience", self.audience),
            ("hint", self.hint),
            ("parent", self.parent),
        ];
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
