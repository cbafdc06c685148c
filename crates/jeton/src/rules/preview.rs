//! How many tokens that are alive would break rules that are not laid down yet.

use crate::{authority::Authority, caller::Caller, problem::Problem};
use jeton_core::{facts::TokenState, kind::TokenKind, timestamp::Timestamp, token_rules::TokenRules};
use jeton_store::token::{Expiry, NetworksWanted, TokenFilter};
use serde::Serialize;

/// A rule that tokens would break.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Breaking {
    /// The rule, such as `kinds.pat.longest_seconds`.
    pub rule: String,
    /// How many tokens that are alive would break it. They stay as they are.
    pub tokens: u64,
    /// Whether there may be more than were counted.
    pub at_least: bool,
    /// The query of `/v1/tokens` that lists them.
    pub query: String,
}

/// Counts, for each rule, the tokens that are alive and would break it.
pub async fn preview(authority: &Authority, caller: &Caller, rules: &TokenRules) -> Result<Vec<Breaking>, Problem> {
    let now = authority.now();
    let mut all = Vec::new();
    for kind in TokenRules::KINDS {
        for (rule, query, filter) in broken_by(rules, kind, now) {
            let sums = authority.store.sum_tokens(caller.organisation(), &filter, now).await?;
            if sums.count > 0 {
                let rule = format!("kinds.{kind}.{rule}");
                all.push(Breaking { rule, tokens: sums.count, at_least: sums.is_partial, query });
            }
        }
    }
    Ok(all)
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
