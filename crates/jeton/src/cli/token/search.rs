//! What a list of tokens is narrowed down by, as arguments: the parameters of `GET /v1/tokens`.

use crate::cli::duration;
use clap::Args;
use jeton_core::timestamp::{Span, Timestamp};
use serde_json::{Map, Value};

/// Which tokens are wanted. All that is named must fit.
#[derive(Debug, Args)]
pub(crate) struct Search {
    /// Only of this kind: pat, key, pub, svc or oat
    #[arg(long, value_name = "KIND", help_heading = "Which tokens")]
    kind: Option<String>,
    /// Only in this state: active, suspended, revoked, expired, or alive for active and suspended ones
    #[arg(long, value_name = "STATE", help_heading = "Which tokens")]
    state: Option<String>,
    /// Only of this subject
    #[arg(long, value_name = "SUBJECT", help_heading = "Which tokens")]
    subject: Option<String>,
    /// Only of this project
    #[arg(long, value_name = "ID", help_heading = "Which tokens")]
    project: Option<String>,
    /// Only of this OAuth client
    #[arg(long, value_name = "CLIENT_ID", help_heading = "Which tokens")]
    client: Option<String>,
    /// Only for this API
    #[arg(long, value_name = "URI", help_heading = "Which tokens")]
    audience: Option<String>,
    /// Only those that may do this, by itself or by a wildcard
    #[arg(long, value_name = "SCOPE", help_heading = "Which tokens")]
    scope: Option<String>,
    /// Only those that name this network; `any` for those that name none
    #[arg(long, value_name = "CIDR", help_heading = "Which tokens")]
    network: Option<String>,
    /// Only with these last four characters
    #[arg(long, value_name = "ABCD", help_heading = "Which tokens")]
    hint: Option<String>,
    /// Only derived from this token
    #[arg(long, value_name = "ID", help_heading = "Which tokens")]
    parent: Option<String>,
    /// Only those that end `never`, or `soon`: within seven days
    #[arg(long, value_name = "WHEN", help_heading = "Which tokens")]
    expires: Option<String>,
    /// Only those that were issued for longer than this, such as 90d, or without an end
    #[arg(long, value_name = "DURATION", help_heading = "Which tokens", value_parser = duration::span)]
    lives_over: Option<Span>,
    /// Only those that were not used for this many days
    #[arg(long, value_name = "DAYS", help_heading = "Which tokens")]
    idle_days: Option<u32>,
    /// Only those of remarkable use: `old_secret` for a secret that was replaced and is still used
    #[arg(long = "use", value_name = "WHAT", help_heading = "Which tokens")]
    used: Option<String>,
    /// Only those that were issued since then
    #[arg(long, value_name = "INSTANT", help_heading = "Which tokens", value_parser = duration::instant)]
    issued_since: Option<Timestamp>,
}

impl Search {
    /// The parameters of a query.
    pub(crate) fn query(self) -> Vec<(&'static str, Option<String>)> {
        vec![
            ("kind", self.kind),
            ("state", self.state),
            ("subject", self.subject),
            ("project", self.project),
            ("client", self.client),
            ("audience", self.audience),
            ("scope", self.scope),
            ("network", self.network),
            ("hint", self.hint),
            ("parent", self.parent),
            ("expires", self.expires),
            ("lives_over", self.lives_over.map(|span| span.as_seconds_up().to_string())),
            ("idle_days", self.idle_days.map(|days| days.to_string())),
            ("use", self.used),
            ("issued_since", self.issued_since.map(|at| at.to_string())),
        ]
    }
    /// The same as the members of an object.
    pub(crate) fn members(self) -> Map<String, Value> {
        let mut members = Map::new();
        for (name, value) in self.query() {
            if let Some(value) = value {
                let value = if matches!(name, "lives_over" | "idle_days") { number(&value) } else { Value::String(value) };
                members.insert(name.to_owned(), value);
            }
        }
        members
    }
}

fn number(text: &str) -> Value {
    text.parse::<u64>().map_or(Value::Null, Value::from)
}
