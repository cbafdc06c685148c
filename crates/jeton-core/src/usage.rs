//! What a gate says of each decision, so that use can be counted. Borrowed: recording copies what it keeps.

use crate::{facts::WhichSecret, id::DecisionId, id::TokenId, timestamp::Timestamp};
use std::net::IpAddr;

/// One decision about a known token (or an unknown one, which is only counted).
#[derive(Clone, Copy, Debug)]
pub struct UsageEvent<'a> {
    /// When.
    pub at: Timestamp,
    /// The token, where one was recognised.
    pub token: Option<TokenId>,
    /// Which of its secrets was presented.
    pub secret: WhichSecret,
    /// `ok` or the code of the refusal.
    pub outcome: &'static str,
    /// What the owner is told of a refusal; `None` when it passed.
    pub refusal: Option<Refusal<'a>>,
    /// The route's pattern as configured, such as `GET /v1/orders/*`; `-` where there is none. Never the raw path.
    pub route: &'a str,
    /// The caller's address.
    pub client_ip: Option<IpAddr>,
    /// The caller's user agent, cut to its limit.
    pub user_agent: Option<&'a str>,
}

/// A refusal, as kept for `token explain`.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'a> {
    /// Names the decision.
    pub decision: DecisionId,
    /// The rule that refused, in words for the owner.
    pub cause: &'a str,
    /// What was called.
    pub method: Option<&'a str>,
    /// The normal path that was called.
    pub path: Option<&'a str>,
    /// The audience that was called.
    pub audience: Option<&'a str>,
    /// The scopes that were missing or wanted, space-separated.
    pub scopes: &'a str,
}
