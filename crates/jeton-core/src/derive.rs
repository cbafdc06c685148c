//! Deriving: a holder makes a narrower, shorter-lived child of a token. Never wider, freer or longer than its parent.

use crate::{
    allowance::Allowances,
    id::TokenId,
    kind::{TokenFormat, TokenKind},
    limits,
    name::Audience,
    network::Networks,
    policy::Policy,
    route::Route,
    scope::ScopeSet,
    timestamp::{Span, Timestamp},
};

/// What is asked for. What is `None` is taken over from the parent.
#[derive(Clone, Debug, Default)]
pub struct DerivationRequest {
    /// Fewer audiences.
    pub audiences: Option<Vec<Audience>>,
    /// Fewer scopes.
    pub scopes: Option<ScopeSet>,
    /// Narrower networks.
    pub networks: Option<Networks>,
    /// Fewer routes.
    pub routes: Option<Vec<Route>>,
    /// Limits of its own; the parent's are spent as well.
    pub allowances: Allowances,
    /// The format of the child.
    pub format: TokenFormat,
    /// How long it shall live.
    pub expires_in: Option<Span>,
}

/// What comes out, ready to be issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derivation {
    /// The child's policy.
    pub policy: Policy,
    /// The child's end.
    pub expires_at: Option<Timestamp>,
}

/// The parent, as far as deriving needs it.
#[derive(Clone, Copy, Debug)]
pub struct Parent<'a> {
    /// Its id.
    pub id: TokenId,
    /// Its policy.
    pub policy: &'a Policy,
    /// Its end.
    pub expires_at: Option<Timestamp>,
    /// How many tokens its chain holds, itself included.
    pub depth: usize,
}

/// Why a child is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DerivationFault {
    /// The chain is as long as it may be.
    #[error("the parent was itself derived {} times, which is the most", limits::DERIVATION_DEPTH_MAX - 1)]
    TooDeep,
    /// Nothing can be derived from this kind.
    #[error("nothing can be derived from a {}", .0.label())]
    Kind(TokenKind),
    /// A JWT has no secret that proves its holder for longer than one call.
    #[error("nothing can be derived from a JWT: derive from the opaque token that it came from")]
    FromJwt,
    /// Audiences that the parent does not have.
    #[error("`audience` must not name an API that the parent is not for")]
    WiderAudience,
    /// Scopes that the parent does not have.
    #[error("`scopes` must not hold a scope that the parent does not cover")]
    WiderScope,
    /// Networks outside the parent's.
    #[error("`networks` must lie within the parent's networks, its exceptions kept")]
    WiderNetworks,
    /// Routes outside the parent's.
    #[error("`routes` must each lie within one of the parent's routes")]
    WiderRoutes,
    /// Longer-lived than the parent.
    #[error("`expires_in` must not reach beyond the parent's end")]
    OutlivesParent,
    /// Longer-lived than a token of this format may be.
    #[error("`expires_in` is longer than a token of this format may live")]
    TooLong,
}

/// Works out a child. Asking for more than the parent has is refused, never silently cut.
pub fn derive_at(parent: Parent<'_>, asked: DerivationRequest, now: Timestamp) -> Result<Derivation, DerivationFault> {
    let from = parent.policy;
    if !from.kind.opens_apis() || from.kind == TokenKind::Pub {
        return Err(DerivationFault::Kind(from.kind));
    }
    if from.format == TokenFormat::Jwt {
        return Err(DerivationFault::FromJwt);
    }
    if parent.depth >= limits::DERIVATION_DEPTH_MAX {
        return Err(DerivationFault::TooDeep);
    }
    let audiences = narrower(asked.audiences, &from.audiences, |own| own.iter().all(|a| from.audiences.contains(a)) && !own.is_empty());
    let audiences = audiences.ok_or(DerivationFault::WiderAudience)?;
    let scopes = narrower(asked.scopes, &from.scopes, |own| from.scopes.covers_all(own)).ok_or(DerivationFault::WiderScope)?;
    let networks = narrower(asked.networks, &from.networks, |own| own.is_within(&from.networks)).ok_or(DerivationFault::WiderNetworks)?;
    let within = |own: &Vec<Route>| {
        from.routes.is_empty() || (!own.is_empty() && own.iter().all(|r| from.routes.iter().any(|outer| r.is_within(outer))))
    };
    let routes = narrower(asked.routes, &from.routes, within).ok_or(DerivationFault::WiderRoutes)?;
    let expires_at = child_end(parent.expires_at, asked.format, asked.expires_in, now)?;
    let kind = if asked.format == TokenFormat::Jwt { TokenKind::Oat } else { from.kind };
    let policy = Policy {
        organisation: from.organisation,
        project: from.project,
        kind,
        format: asked.format,
        client_id: from.client_id.clone(),
        binding: from.binding,
        exchanged: false,
        signed_by: None,
        authentication: None,
        parent: Some(parent.id),
        audiences,
        scopes,
        networks,
        routes,
        allowances: asked.allowances,
    };
    Ok(Derivation { policy, expires_at })
}

fn narrower<T: Clone>(asked: Option<T>, parent: &T, fits: impl Fn(&T) -> bool) -> Option<T> {
    match asked {
        None => Some(parent.clone()),
        Some(own) => fits(&own).then_some(own),
    }
}

/// When no life is asked for: the format's default, cut to the parent's end. When one is asked for: that, or a refusal.
fn child_end(
    parent_end: Option<Timestamp>,
    format: TokenFormat,
    asked: Option<Span>,
    now: Timestamp,
) -> Result<Option<Timestamp>, DerivationFault> {
    let (default, longest) = match format {
        TokenFormat::Opaque => (None, limits::TOKEN_LIFE_MAX),
        TokenFormat::Jwt => (Some(limits::JWT_LIFE_DEFAULT), limits::JWT_LIFE_MAX),
    };
    let Some(life) = asked else {
        let own = default.map(|life| now.plus(life));
        return Ok(match (own, parent_end) {
            (Some(own), Some(end)) => Some(own.min(end)),
            (own, end) => own.or(end),
        });
    };
    if life > longest {
        return Err(DerivationFault::TooLong);
    }
    let end = now.plus(life);
    match parent_end {
        Some(parent_end) if end > parent_end => Err(DerivationFault::OutlivesParent),
        _ => Ok(Some(end)),
    }
}
