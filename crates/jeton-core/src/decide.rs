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
/// state, time, kind, binding, audience, address, route, scope; then for each token that it was derived from what still counts of it;
/// and at last how the person behind all of them signed in.
pub fn decide(facts: &Facts<'_>, demand: &Demand<'_>, now: Timestamp) -> Result<Permit, Denial> {
    alive(facts, now)?;
    kind(facts)?;
    binding(facts, demand)?;
    may(facts, demand)?;
    let mut expires_at = earlier(facts.expires_at, overlap_end(facts.secret));
    let mut ancestor = facts.parent;
    let mut depth = 1;
    let mut only_lives_count = facts.policy.exchanged;
    while let Some(parent) = ancestor {
        depth += 1;
        if depth > limits::DERIVATION_DEPTH_MAX {
            return Err(Denial::ParentDead);
        }
        alive(parent, now).map_err(|_| Denial::ParentDead)?;
        if !only_lives_count {
            still_may(parent, demand)?;
        }
        only_lives_count |= parent.policy.exchanged;
        expires_at = earlier(expires_at, parent.expires_at);
        ancestor = parent.parent;
    }
    sign_in(facts, demand, now)?;
    Ok(Permit { token: facts.id, secret: facts.secret, expires_at })
}

/// Whether a token is alive, and all that it was derived from: for whoever wants to know nothing else.
pub fn alive_at(facts: &Facts<'_>, now: Timestamp) -> Result<(), Denial> {
    alive(facts, now)?;
    let mut ancestor = facts.parent;
    while let Some(parent) = ancestor {
        alive(parent, now).map_err(|_| Denial::ParentDead)?;
        ancestor = parent.parent;
    }
    Ok(())
}

/// Whether the token can be used at all.
fn alive(facts: &Facts<'_>, now: Timestamp) -> Result<(), Denial> {
    state(facts)?;
    secret(facts, now)?;
    time(facts, now)
}

fn state(facts: &Facts<'_>) -> Result<(), Denial> {
    match facts.state {
        TokenState::Revoked => Err(Denial::Revoked),
        TokenState::Suspended => Err(Denial::Suspended),
        TokenState::Active => Ok(()),
    }
}

fn secret(facts: &Facts<'_>, now: Timestamp) -> Result<(), Denial> {
    match facts.secret {
        WhichSecret::Previous { until } if now >= until => Err(Denial::RotatedOut),
        WhichSecret::Previous { .. } | WhichSecret::Current => Ok(()),
    }
}

fn time(facts: &Facts<'_>, now: Timestamp) -> Result<(), Denial> {
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
    audience(facts, demand)?;
    address(facts, demand)?;
    route(facts, demand)?;
    scopes(facts, demand)?;
    public(facts, demand)
}

/// Whether the policy of a token that the presented one was derived from covers the demand. A client's anchor says nothing but
/// that it is alive, and a grant what the client was let do.
fn still_may(ancestor: &Facts<'_>, demand: &Demand<'_>) -> Result<(), Denial> {
    match ancestor.policy.kind {
        TokenKind::Cls => Ok(()),
        TokenKind::Grt => audience(ancestor, demand).and_then(|()| scopes(ancestor, demand)),
        TokenKind::Pat | TokenKind::Key | TokenKind::Pub | TokenKind::Svc | TokenKind::Oat | TokenKind::Ort => {
            kind(ancestor).and_then(|()| may(ancestor, demand))
        }
    }
}

fn kind(facts: &Facts<'_>) -> Result<(), Denial> {
    if facts.policy.kind.opens_apis() { Ok(()) } else { Err(Denial::WrongKind) }
}

/// Whether the caller proved what the token is bound to. Of the presented token alone: what it was derived from is not presented.
fn binding(facts: &Facts<'_>, demand: &Demand<'_>) -> Result<(), Denial> {
    if demand.presented.proves(facts.policy.binding) { Ok(()) } else { Err(Denial::BindingMismatch) }
}

fn audience(facts: &Facts<'_>, demand: &Demand<'_>) -> Result<(), Denial> {
    match demand.audience {
        Some(audience) if !facts.policy.audiences.iter().any(|own| own.as_str() == audience) => Err(Denial::WrongAudience),
        _ => Ok(()),
    }
}

fn address(facts: &Facts<'_>, demand: &Demand<'_>) -> Result<(), Denial> {
    if facts.policy.networks.permits(demand.client_ip) { Ok(()) } else { Err(Denial::AddressNotAllowed) }
}

fn route(facts: &Facts<'_>, demand: &Demand<'_>) -> Result<(), Denial> {
    if demand.undeclared {
        return Err(Denial::UndeclaredRoute);
    }
    let routes = &facts.policy.routes;
    let covered = |call: crate::demand::Call<'_>| routes.iter().any(|route| route.matches(call.method, call.path));
    if routes.is_empty() || demand.call.is_some_and(covered) { Ok(()) } else { Err(Denial::RouteNotAllowed) }
}

fn scopes(facts: &Facts<'_>, demand: &Demand<'_>) -> Result<(), Denial> {
    if demand.scopes.iter().all(|scope| facts.policy.scopes.covers(scope)) { Ok(()) } else { Err(Denial::InsufficientScope) }
}

fn public(facts: &Facts<'_>, demand: &Demand<'_>) -> Result<(), Denial> {
    let reaches_public_only = facts.policy.kind == TokenKind::Pub;
    if reaches_public_only && !demand.scopes.is_empty() && !demand.scopes_public { Err(Denial::NotPublic) } else { Ok(()) }
}

/// Whether the person behind the token signed in as the call demands. The grant knows, which the token hangs on however long ago
/// it was derived or exchanged; of a client's anchor only the life counts.
fn sign_in(facts: &Facts<'_>, demand: &Demand<'_>, now: Timestamp) -> Result<(), Denial> {
    if demand.sign_in.is_empty() {
        return Ok(());
    }
    let mut next = Some(facts);
    let mut depth = 0;
    let mut authentication = None;
    while let Some(facts) = next.filter(|_| depth < limits::DERIVATION_DEPTH_MAX && authentication.is_none()) {
        authentication = facts.policy.authentication.as_ref().filter(|_| facts.policy.kind != TokenKind::Cls);
        next = facts.parent;
        depth += 1;
    }
    if demand.sign_in.is_met_at(authentication, now) { Ok(()) } else { Err(Denial::InsufficientUserAuthentication) }
}

/// One rule of the decision and how it came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The token that it was about: 0 for the one that was presented, 1 for the one that it was derived from, and so on.
    pub depth: usize,
    /// The rule: `state`, `secret`, `time`, `kind`, `binding`, `audience`, `address`, `route`, `scope`, `public` or
    /// `sign_in`.
    pub rule: &'static str,
    /// What it says.
    pub outcome: Result<(), Denial>,
}

/// Every rule with its outcome, in the order in which [`decide`] asks them; it stops at the first that fails, this does not.
pub fn trace(facts: &Facts<'_>, demand: &Demand<'_>, now: Timestamp) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut next = Some(facts);
    let mut depth = 0;
    let mut only_lives_count = false;
    while let Some(facts) = next.filter(|_| depth < limits::DERIVATION_DEPTH_MAX) {
        let outcomes = [
            ("state", state(facts)),
            ("secret", secret(facts, now)),
            ("time", time(facts, now)),
            ("kind", kind(facts)),
            ("binding", binding(facts, demand)),
            ("audience", audience(facts, demand)),
            ("address", address(facts, demand)),
            ("route", route(facts, demand)),
            ("scope", scopes(facts, demand)),
            ("public", public(facts, demand)),
        ];
        let counted = outcomes.into_iter().filter(|(rule, _)| depth == 0 || counts_of_ancestor(facts.policy.kind, only_lives_count, rule));
        steps.extend(counted.map(|(rule, outcome)| Step { depth, rule, outcome }));
        only_lives_count |= facts.policy.exchanged;
        next = facts.parent;
        depth += 1;
    }
    steps.push(Step { depth: 0, rule: "sign_in", outcome: sign_in(facts, demand, now) });
    steps
}

/// Whether a rule counts of an ancestor of this kind, as [`decide`] has it.
fn counts_of_ancestor(kind: TokenKind, only_lives_count: bool, rule: &str) -> bool {
    let is_of_life = matches!(rule, "state" | "secret" | "time");
    match kind {
        _ if only_lives_count => is_of_life,
        TokenKind::Cls => is_of_life,
        TokenKind::Grt => is_of_life || matches!(rule, "audience" | "scope"),
        TokenKind::Pat | TokenKind::Key | TokenKind::Pub | TokenKind::Svc | TokenKind::Oat | TokenKind::Ort => rule != "binding",
    }
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
