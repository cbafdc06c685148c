//! The decision: facts and a demand in, a permit or a denial out. Pure, total, and without an allocation.

use crate::{
    demand::Demand,
    denial::Denial,
    facts::{Facts, TokenState, WhichSecret},
    id::TokenId,
    kind::TokenKind,
    limits,
    timestamp::Timestamp,
};

/// Proof that a decision was made in favour of one request. Can be held anywhere and made only by [`decide`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permit {
    token: TokenId,
    secret: WhichSecret,
    expires_at: Option<Timestamp>,
}

impl Permit {
    /// The token that was presented.
    pub const fn token(&self) -> TokenId {
        self.token
    }
    /// Which of its secrets was presented.
    pub const fn secret(&self) -> WhichSecret {
        self.secret
    }
    /// When the presented secret stops working: the token's end, or the end of a rotation's overlap if that is sooner.
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }
}

/// Decides whether the bearer of a verified token may do what is demanded. The first rule that fails is the answer:
/// state, time, kind, audience, address, route, scope; then the same for each token that it was derived from.
pub fn decide(facts: &Facts<'_>, demand: &Demand<'_>, now: Timestamp) -> Result<Permit, Denial> {
    alive(facts, now)?;
    may(facts, demand)?;
    let mut expires_at = earlier(facts.expires_at, overlap_end(facts.secret));
    let mut ancestor = facts.parent;
    let mut depth = 1;
    while let Some(parent) = ancestor {
        depth += 1;
        if depth > limits::DERIVATION_DEPTH_MAX {
            return Err(Denial::ParentDead);
        }
        alive(parent, now).map_err(|_| Denial::ParentDead)?;
        may(parent, demand)?;
        expires_at = earlier(expires_at, parent.expires_at);
        ancestor = parent.parent;
    }
    Ok(Permit { token: facts.id, secret: facts.secret, expires_at })
}

/// Whether the token can be used at all.
fn alive(facts: &Facts<'_>, now: Timestamp) -> Result<(), Denial> {
    match facts.state {
        TokenState::Revoked => return Err(Denial::Revoked),
        TokenState::Suspended => return Err(Denial::Suspended),
        TokenState::Active => {}
    }
    if let WhichSecret::Previous { until } = facts.secret
        && now >= until
    {
        return Err(Denial::RotatedOut);
    }
    if let Some(at) = facts.expires_at
        && now >= at
    {
        return Err(Denial::Expired { at });
    }
    match facts.not_before {
        Some(at) if now < at => Err(Denial::NotYetValid { at }),
        _ => Ok(()),
    }
}

/// Whether the token's policy covers the demand.
fn may(facts: &Facts<'_>, demand: &Demand<'_>) -> Result<(), Denial> {
    let policy = facts.policy;
    if !policy.kind.opens_apis() {
        return Err(Denial::WrongKind);
    }
    if let Some(audience) = demand.audience
        && !policy.audiences.iter().any(|own| own.as_str() == audience)
    {
        return Err(Denial::WrongAudience);
    }
    if !policy.networks.permits(demand.client_ip) {
        return Err(Denial::AddressNotAllowed);
    }
    if !policy.routes.is_empty() {
        let covered = demand.call.is_some_and(|call| policy.routes.iter().any(|route| route.matches(call.method, call.path)));
        if !covered {
            return Err(Denial::RouteNotAllowed);
        }
    }
    if !demand.scopes.iter().all(|scope| policy.scopes.covers(scope)) {
        return Err(Denial::InsufficientScope);
    }
    if policy.kind == TokenKind::Pub && !demand.scopes.is_empty() && !demand.scopes_public {
        return Err(Denial::NotPublic);
    }
    Ok(())
}

const fn overlap_end(secret: WhichSecret) -> Option<Timestamp> {
    match secret {
        WhichSecret::Current => None,
        WhichSecret::Previous { until } => Some(until),
    }
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, None) => one,
        (None, other) => other,
    }
}
