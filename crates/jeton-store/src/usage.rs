//! Use: rollups per token, hour, outcome, route and network; last use; recent refusals. Written in batches, never per request.

mod flush;
mod read;
mod refusal;
mod rows;
mod sighted;

pub(crate) use sighted::SightingMemory;

use jeton_core::{
    id::{DecisionId, TokenId},
    timestamp::Timestamp,
};

/// One counter's increase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageDelta {
    /// The token.
    pub token: TokenId,
    /// The start of the hour.
    pub hour: Timestamp,
    /// `ok` or the code of the refusal.
    pub outcome: String,
    /// The route's pattern, `-` where there is none.
    pub route: String,
    /// The caller's network: /24 of IPv4, /48 of IPv6, `-` where unknown.
    pub network: String,
    /// Whether the previous secret of a rotation was used.
    pub previous_secret: bool,
    /// How many.
    pub count: u64,
}

/// The newest use of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUse {
    /// The token.
    pub token: TokenId,
    /// When.
    pub at: Timestamp,
    /// From where.
    pub client_ip: Option<String>,
    /// With what.
    pub user_agent: Option<String>,
    /// When and from where the previous secret was last used, while a rotation overlaps.
    pub previous_secret_at: Option<Timestamp>,
    /// From where the previous secret was last used.
    pub previous_secret_ip: Option<String>,
}

/// A refusal, kept for `token explain`: bounded per token and in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalRow {
    /// Names the decision.
    pub decision: DecisionId,
    /// When.
    pub at: Timestamp,
    /// The token, where one was recognised.
    pub token: Option<TokenId>,
    /// The stable code.
    pub code: String,
    /// The rule that refused, in words for the owner.
    pub cause: String,
    /// The method that was called.
    pub method: Option<String>,
    /// The normal path that was called.
    pub path: Option<String>,
    /// The audience that was called.
    pub audience: Option<String>,
    /// The scopes that were wanted, space-separated.
    pub scopes: String,
    /// The caller's address.
    pub client_ip: Option<String>,
    /// The caller's user agent.
    pub user_agent: Option<String>,
}

/// Names a batch, so that one that is written again after an unknown outcome is not counted twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchId([u8; 16]);

/// What is written in one batch. A batch that failed is tried again as it is, id included.
#[derive(Clone, Debug, Default)]
pub struct UsageBatch {
    /// Its name: a fresh one with each `default()`.
    pub id: BatchId,
    /// Counters.
    pub deltas: Vec<UsageDelta>,
    /// Last uses; the newest wins.
    pub last: Vec<LastUse>,
    /// Refusals.
    pub refusals: Vec<RefusalRow>,
}

/// The first time that a token was seen from a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The network, as in [`UsageDelta::network`].
    pub network: String,
    /// When, to the hour where nothing finer was recorded.
    pub at: Timestamp,
}

/// What use is summed up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// The hour, as RFC 3339.
    Hour,
    /// `ok` or the code of the refusal.
    Outcome,
    /// The route's pattern.
    Route,
    /// The caller's network.
    Network,
}

/// A sum of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageSum {
    /// Which hour, outcome, route or network.
    pub key: String,
    /// How many decisions.
    pub count: u64,
    /// How many of them permitted.
    pub permitted: u64,
    /// The start of the last hour in which there were any.
    pub last_hour: Timestamp,
}

impl BatchId {
    /// From its bytes, such as those that a batch of another process is named by.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Default for BatchId {
    fn default() -> Self {
        let mut random = [0; 16];
        // Without randomness all batches would look alike: the system that gives none has already failed elsewhere.
        let _failed = aws_lc_rs::rand::fill(&mut random);
        Self(random)
    }
}
