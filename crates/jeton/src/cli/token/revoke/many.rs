//! Revoking many tokens at once, by what they have in common.

use crate::{
    cli::{
        Exit, Outcome, confirm,
        connection::Connection,
        describe::text,
        output::{Output, Tone},
        token::wait,
    },
    client::Call,
};
use clap::Args;
use serde_json::{Value, json};

/// Which tokens.
#[derive(Debug, Args)]
pub(crate) struct Many {
    /// Everything that speaks for this subject; a person is signed out too
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,
    /// Everything that was issued to this client
    #[arg(long, value_name = "CLIENT_ID")]
    client: Option<String>,
    /// Everything that belongs to this project
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Every JWT that this signing key signed: the key leaves the key set at once
    #[arg(long, value_name = "KID")]
    key: Option<String>,
    /// Everything of the organisation
    #[arg(long)]
    everything: bool,
    /// Only what was issued before this instant (RFC 3339) [default: up to now]
    #[arg(long, value_name = "INSTANT", conflicts_with_all = ["id", "key"])]
    issued_before: Option<String>,
    /// Say how many tokens it would end, and do nothing
    #[arg(long, conflicts_with = "id")]
    dry_run: bool,
    /// Do it although the token that this is asked with is among them
    #[arg(long, conflicts_with = "id")]
    include_caller: bool,
}

impl Many {
    /// Revokes them. `request` holds why, and whether to wait.
    pub(super) async fn revoke(&self, mut request: Value, yes: bool, connection: &Connection, output: &Output) -> Outcome {
        if !self.dry_run {
            confirm::ask(&format!("revoke {} for good?", self.words()), yes)?;
        }
        if let Some(members) = request.as_object_mut() {
            let named = [("subject", &self.subject), ("client", &self.client), ("project", &self.project), ("signing_key", &self.key)];
            let named = named.into_iter().chain([("issued_before", &self.issued_before)]);
            members.extend(named.filter_map(|(name, value)| Some((name.to_owned(), json!(value.as_ref()?)))));
            let flags = [("everything", self.everything), ("dry_run", self.dry_run), ("include_caller", self.include_caller)];
            members.extend(flags.into_iter().filter(|(_, set)| *set).map(|(name, _)| (name.to_owned(), json!(true))));
        }
        let answer = connection.call(Call::post("/v1/revocations").body(request)).await?.body;
        if output.json {
            output.document(&answer)?;
        } else {
            self.say(&answer, output);
        }
        if self.dry_run { Ok(Exit::Done) } else { wait::tell(output, &answer) }
    }
    fn say(&self, answer: &Value, output: &Output) {
        let count = answer.get("tokens").and_then(Value::as_u64);
        let more = answer.get("tokens_and_more").and_then(Value::as_bool) == Some(true);
        let tokens = match count {
            Some(count) => {
                format!("{}{count} living {} of ", if more { "more than " } else { "" }, if count == 1 { "token" } else { "tokens" })
            }
            None => String::new(),
        };
        let until = output.when(answer.get("issued_until"));
        if self.dry_run {
            output.remark(&format!("this would revoke {tokens}{}, issued until {until}", self.words()));
            return;
        }
        let place = answer.get("revision").map(ToString::to_string).unwrap_or_default();
        output.remark_toned(Tone::Good, "revoked", &format!("{tokens}{}, issued until {until}, at revision {place}", self.words()));
        if let Some(sessions) = answer.get("sessions_ended").and_then(Value::as_u64).filter(|sessions| *sessions > 0) {
            output.remark(&format!("{sessions} of {} sessions ended", text(answer, "/value")));
        }
    }
    /// What is revoked, in words.
    fn words(&self) -> String {
        let named = [("subject", &self.subject), ("client", &self.client), ("project", &self.project), ("signing key", &self.key)];
        let named = named.into_iter().find_map(|(kind, value)| value.as_ref().map(|value| format!("{kind} `{}`", value.escape_debug())));
        named.unwrap_or_else(|| "the whole organisation".to_owned())
    }
}
