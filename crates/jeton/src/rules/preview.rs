//! What rules would touch that are not laid down yet: tokens that are alive and would break them, people of whom they would ask more, apps
//! that wait and would not have had to.

mod people;

use super::would_approve;
use crate::{authority::Authority, caller::Caller, problem::Problem};
use jeton_core::{facts::TokenState, kind::TokenKind, limits, timestamp::Timestamp, token_rules::TokenRules};
use jeton_store::{
    client::{Client, ClientFilter, ClientState},
    page::PageRequest,
    token::{Expiry, NetworksWanted, TokenFilter},
};
use serde::Serialize;

/// A rule, and what it would touch.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Breaking {
    /// The rule, such as `kinds.pat.longest_seconds`.
    pub rule: String,
    /// How many tokens that are alive would break it. They stay as they are.
    pub tokens: u64,
    /// How many people it would forbid something, or ask a second factor of that they have not.
    pub people: u64,
    /// How many apps wait for approval that it would have approved as they were registered. They wait on.
    pub apps: u64,
    /// Whether there may be more than were counted.
    pub at_least: bool,
    /// The query of `/v1/tokens` that lists the tokens; empty where none does.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub query: String,
}

impl Breaking {
    /// A rule that touches nothing yet.
    fn of(rule: impl Into<String>) -> Self {
        Self { rule: rule.into(), tokens: 0, people: 0, apps: 0, at_least: false, query: String::new() }
    }
    const fn touches_something(&self) -> bool {
        self.tokens > 0 || self.people > 0 || self.apps > 0
    }
}

/// Counts, for each rule, what it would touch; rules that touch nothing are left out.
pub async fn preview(authority: &Authority, caller: &Caller, rules: &TokenRules) -> Result<Vec<Breaking>, Problem> {
    let now = authority.now();
    let mut all = Vec::new();
    for kind in TokenRules::KINDS {
        for (rule, query, filter) in broken_by(rules, kind, now) {
            let (tokens, at_least) = authority.store.count_fitting_tokens(caller.organisation(), &filter).await?;
            let rule = Breaking::of(format!("kinds.{kind}.{rule}"));
            all.push(Breaking { tokens, at_least, query, ..rule });
        }
    }
    all.extend(people::touched(authority, caller.organisation(), rules, now).await?);
    all.push(apps(authority, caller, rules).await?);
    all.retain(Breaking::touches_something);
    Ok(all)
}

/// Apps that wait though the rules would have approved them.
async fn apps(authority: &Authority, caller: &Caller, rules: &TokenRules) -> Result<Breaking, Problem> {
    let filter = ClientFilter { state: Some(ClientState::Pending), ..ClientFilter::default() };
    let page = PageRequest { after: None, limit: limits::PAGE_MAX };
    let waiting = authority.store.list_clients(caller.organisation(), &filter, &page).await?;
    let approved = |client: &&Client| would_approve(authority, caller.organisation(), rules, &client.registration.scopes());
    let count = waiting.items.iter().filter(approved).count();
    Ok(Breaking { apps: count as u64, at_least: waiting.next.is_some(), ..Breaking::of("apps.approved_at_once") })
}

/// The rules of a kind with the tokens that break them.
fn broken_by(rules: &TokenRules, kind: TokenKind, now: Timestamp) -> Vec<(&'static str, String, TokenFilter)> {
    let rule = rules.kind(kind);
    let alive =
        TokenFilter { kind: Some(kind), state_not: Some(TokenState::Revoked), expired_at: Some((false, now)), ..TokenFilter::default() };
    let query = |more: &str| format!("kind={kind}&state=alive&{more}");
    let mut all = Vec::new();
    if let Some(longest) = rules.longest(kind) {
        let filter = TokenFilter { lives_over: Some(longest), ..alive.clone() };
        all.push(("longest_seconds", query(&format!("lives_over={}", longest.as_seconds_up())), filter));
    } else if rule.must_end {
        all.push(("must_end", query("expires=never"), TokenFilter { expiry: Some(Expiry::Never), ..alive.clone() }));
    }
    if rule.must_name_networks {
        all.push(("must_name_networks", query("network=any"), TokenFilter { networks: Some(NetworksWanted::Any), ..alive }));
    }
    all
}
