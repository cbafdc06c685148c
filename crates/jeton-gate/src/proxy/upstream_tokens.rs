//! The JWTs that upstreams get in place of the callers' tokens, kept for the next call until shortly before they end. Must never hand
//! one out for a call that was not decided on, for a token that has changed since, or beyond the end of that token.

use crate::{
    check::Passed,
    http_fault::HttpFault,
    port::{UpstreamIssuer, UpstreamOrder},
    route_table::UpstreamJwt,
};
use http::HeaderValue;
use jeton_core::{
    id::TokenId,
    limits,
    name::Audience,
    policy::Policy,
    timestamp::{Span, Timestamp},
};
use quick_cache::sync::Cache;
use std::sync::Arc;

/// One of these in so many parts of its life is left when another takes its place.
const RENEWED_IN_THE_LAST: i64 = 5;

/// All that are kept.
pub(super) struct UpstreamTokens {
    issuer: Option<Arc<dyn UpstreamIssuer>>,
    held: Cache<(TokenId, Audience), Arc<Held>>,
}

/// One of them.
struct Held {
    /// `Bearer` and the token.
    value: HeaderValue,
    /// What the caller's token could do when it was made.
    policy: Arc<Policy>,
    renewed_at: Timestamp,
    life: Span,
}

impl Default for UpstreamTokens {
    fn default() -> Self {
        Self { issuer: None, held: Cache::new(1) }
    }
}

impl UpstreamTokens {
    pub(super) fn new(issuer: Arc<dyn UpstreamIssuer>) -> Self {
        Self { issuer: Some(issuer), held: Cache::new(limits::UPSTREAM_TOKENS_HELD) }
    }
    /// What `Authorization` says to the upstream on a call that may pass.
    pub(super) async fn for_upstream(&self, passed: &Passed, wanted: &UpstreamJwt) -> Result<HeaderValue, HttpFault> {
        let key = (passed.token.id(), wanted.audience.clone());
        if let Some(held) = self.held.get(&key)
            && held.serves(passed, wanted)
        {
            return Ok(held.value.clone());
        }
        let issuer = self.issuer.as_ref().ok_or(HttpFault::UpstreamToken)?;
        let (expires_at, renewed_at) = ends(passed, wanted.life);
        let order = UpstreamOrder { token: passed.token.clone(), audience: wanted.audience.clone(), at: passed.at, expires_at };
        let jwt = issuer.issue(order).await.map_err(|_| HttpFault::UpstreamToken)?;
        let mut value = HeaderValue::try_from(format!("Bearer {}", jwt.expose())).map_err(|_| HttpFault::UpstreamToken)?;
        value.set_sensitive(true);
        let held = Held { value: value.clone(), policy: Arc::clone(passed.token.policy()), renewed_at, life: wanted.life };
        self.held.insert(key, Arc::new(held));
        Ok(value)
    }
}

impl Held {
    /// Whether it may serve this call: the caller's token is as it was, and enough of its life is left.
    fn serves(&self, passed: &Passed, wanted: &UpstreamJwt) -> bool {
        passed.at < self.renewed_at && self.life == wanted.life && Arc::ptr_eq(&self.policy, passed.token.policy())
    }
}

/// When a token for an upstream ends, and from when on another is made. The end of the caller's token is never passed.
fn ends(passed: &Passed, life: Span) -> (Timestamp, Timestamp) {
    let usual = passed.at.plus(life);
    match passed.permit.expires_at() {
        Some(end) if end <= usual => (end, end),
        _ => (usual, usual.minus(Span::from_micros(life.as_micros() / RENEWED_IN_THE_LAST))),
    }
}
