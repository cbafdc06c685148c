//! The overview of an organisation in answers.

use crate::overview::{Lag, Outcomes, Overview};
use jeton_core::timestamp::{Span, Timestamp};
use serde::Serialize;

/// Whether anything is wrong with an organisation's tokens.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Overview)]
pub struct OverviewView {
    /// When it was counted.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    /// All calls since then are counted; while it is not 30 days ago, the days before are still to come.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub counted_since: Option<Timestamp>,
    /// The calls of each of the last 24 hours, the oldest first.
    pub hours: Vec<CallsView>,
    /// The calls of each of the last 30 stretches of 24 hours, the oldest first.
    pub days: Vec<CallsView>,
    /// How often each refusal was given in the last 24 hours, the commonest first.
    pub refusals: Vec<RefusalCount>,
    /// The live tokens: personal access tokens, API keys, publishable keys and service tokens.
    pub tokens: TokenCounts,
    /// Tokens whose secret before the last rotation is still in use.
    pub old_secrets: Vec<String>,
    /// Tokens that need less than half of the scopes that they hold.
    pub narrow_use: Vec<NarrowUseView>,
    /// Apps that wait for a decision; 50 where it is that many or more.
    pub approvals_waiting: usize,
    /// How far those who check tokens have followed the change log.
    pub verifiers: Lag,
}

/// How the calls of a stretch of time came out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Calls)]
pub struct CallsView {
    /// When the stretch began.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// They passed.
    pub passed: u64,
    /// They were refused for what the token is or may do.
    pub refused: u64,
    /// They were refused for how many there were.
    pub limited: u64,
    /// Nobody could decide.
    pub undecided: u64,
}

/// How often a refusal was given.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RefusalCount {
    /// Its code.
    pub code: String,
    /// How often.
    pub count: u64,
}

/// How many tokens are live.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TokenCounts {
    /// All of them.
    pub live: u64,
    /// Those that never expire.
    pub never_expire: u64,
    /// Those that expire within 14 days.
    pub expire_soon: u64,
    /// Those that were not used for 90 days.
    pub idle: u64,
}

/// A token that does little of what it may.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = NarrowUse)]
pub struct NarrowUseView {
    /// The token's id.
    pub token: String,
    /// How many scopes it holds.
    pub granted: usize,
    /// How many of them its calls of the last 30 days needed.
    pub used: usize,
}

impl OverviewView {
    /// As of `now`.
    pub fn of(found: &Overview, now: Timestamp) -> Self {
        let snapshot = &found.snapshot;
        let stretches = |count, hours| snapshot.calls.stretches_at(now, count, hours).into_iter().map(CallsView::of).collect();
        let refusals = snapshot.calls.refusals_since(now.minus(Span::from_hours(23)));
        Self {
            as_of: snapshot.as_of,
            counted_since: snapshot.calls.since(),
            hours: stretches(24, 1),
            days: stretches(30, 24),
            refusals: refusals.into_iter().map(|(code, count)| RefusalCount { code, count }).collect(),
            tokens: TokenCounts {
                live: snapshot.tokens.live,
                never_expire: snapshot.tokens.endless,
                expire_soon: snapshot.tokens.ending,
                idle: snapshot.tokens.idle,
            },
            old_secrets: snapshot.old_secrets.iter().map(ToString::to_string).collect(),
            narrow_use: snapshot
                .narrow
                .iter()
                .map(|own| NarrowUseView { token: own.token.to_string(), granted: own.granted, used: own.used })
                .collect(),
            approvals_waiting: found.approvals,
            verifiers: found.lag,
        }
    }
}

impl CallsView {
    fn of((from, sums): (Timestamp, Outcomes)) -> Self {
        let Outcomes { passed, refused, limited, undecided } = sums;
        Self { from, passed, refused, limited, undecided }
    }
}
