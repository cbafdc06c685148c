//! `jeton token revoke-many`: every token that a search finds, looked at first.

use super::search::Search;
use crate::{
    cli::{
        Exit, Failure, Outcome, confirm,
        connection::Connection,
        describe::{self, number, text},
        output::{Output, Tone},
    },
    client::{Authority, Call},
};
use clap::Args;
use serde_json::{Map, Value, json};
use std::time::Duration;

const AFTER: &str = "\
Examples:
  jeton token revoke-many --subject usr_4kQ9cX2mPz7T --dry-run
  jeton token revoke-many --kind pat --idle-days 90 --reason unused --yes
  jeton token revoke-many --scope orders:delete --expires never

It counts them first and asks. Tokens that are issued meanwhile, the one that asks and secrets of clients are left alone. \
Begun again after it broke off, it goes on with what is left.";

/// Take back every token that a search finds
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct RevokeMany {
    #[command(flatten)]
    search: Search,
    /// Why, as a word such as leaked, unused or owner_left
    #[arg(long, value_name = "WORD")]
    reason: Option<String>,
    /// More words on that, for people
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Only count them
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// How long is waited between two looks at how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(200);

impl RevokeMany {
    /// Counts them, asks, revokes them and waits until that is through.
    pub(crate) async fn run(self, connection: &Connection, output: &Output) -> Outcome {
        let filter = self.search.members();
        if filter.is_empty() {
            return Err(Failure::usage("nothing says which tokens").fix("name at least one of the options under `Which tokens`"));
        }
        let authority = connection.open()?;
        let counted = authority.call(Call::post("/v1/tokens/revoke-many").body(json!({ "filter": filter, "dry_run": true }))).await?.body;
        let count = counted.get("count").and_then(Value::as_u64).unwrap_or_default();
        if self.dry_run || count == 0 {
            return say_counted(output, &counted);
        }
        let words = format!("revoke {count} tokens for good, {} of which were used today?", number(&counted, "/used_today"));
        confirm::ask(&words, self.yes)?;
        let mut request = Map::from_iter([("filter".to_owned(), Value::Object(filter)), ("expected".to_owned(), json!(count))]);
        for (name, value) in [("reason", self.reason), ("comment", self.comment)] {
            request.extend(value.map(|value| (name.to_owned(), Value::String(value))));
        }
        let run = authority.call(Call::post("/v1/tokens/revoke-many").body(Value::Object(request))).await?.body;
        say_ended(output, &ended(&authority, run).await?)
    }
}

/// The run when it is through.
async fn ended(authority: &Authority, mut run: Value) -> Result<Value, Failure> {
    let path = format!("/v1/tokens/revoke-many/{}", text(&run, "/id"));
    while text(&run, "/state") == "running" {
        tokio::time::sleep(LOOK_EVERY).await;
        run = authority.call(Call::get(&path)).await?.body;
    }
    Ok(run)
}

fn say_counted(output: &Output, counted: &Value) -> Outcome {
    if output.json {
        output.document(counted)?;
        return Ok(Exit::Done);
    }
    let least = if counted.get("at_least") == Some(&Value::Bool(true)) { "at least " } else { "" };
    let (count, used) = (number(counted, "/count"), number(counted, "/used_today"));
    output.remark(&format!("{least}{count} tokens fit, {used} of which were used today"));
    let rows: Vec<_> = describe::list(counted, "/sample").iter().map(|token| describe::token_row(output, token)).collect();
    if !rows.is_empty() {
        output.list(&describe::TOKEN_HEADER, &rows)?;
    }
    Ok(Exit::Done)
}

fn say_ended(output: &Output, run: &Value) -> Outcome {
    let is_done = text(run, "/state") == "done";
    if output.json {
        output.document(run)?;
    } else {
        let words = format!("{} of {} tokens at revision {}", number(run, "/revoked"), number(run, "/found"), number(run, "/revision"));
        let tone = if is_done { Tone::Good } else { Tone::Bad };
        output.remark_toned(tone, "revoked", &words);
    }
    if is_done {
        return Ok(Exit::Done);
    }
    Err(Failure::failed(format!("it broke off: {}", text(run, "/why"))).fix("run the same again: it goes on with what is left"))
}
