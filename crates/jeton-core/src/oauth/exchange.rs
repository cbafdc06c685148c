//! Token exchange (RFC 8693): what may be had for a token. Only ever less: fewer APIs or other ones that an operator allows, fewer
//! scopes, no longer life, and the whole chain of those who act.

use crate::{
    limits,
    name::Audience,
    oauth::client_policy::ExchangePolicy,
    scope::ScopeSet,
    timestamp::{Span, Timestamp},
};
use serde_json::{Map, Value, json};

/// The type of access tokens (RFC 8693, section 3): opaque or JWT.
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// The type of JWTs.
pub const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// The member of a token's metadata that holds who acts, as JSON.
const ACTOR: &str = "act";

/// A token that is exchanged, as far as it counts.
#[derive(Clone, Copy, Debug)]
pub struct SubjectToken<'a> {
    /// Whom it speaks for.
    pub subject: &'a str,
    /// The client that it was issued to.
    pub client_id: Option<&'a str>,
    /// The APIs that it is for.
    pub audiences: &'a [Audience],
    /// What it may do.
    pub scopes: &'a ScopeSet,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Who acts by it already.
    pub actor: Option<&'a Map<String, Value>>,
}

/// A token whose holder is to act.
#[derive(Clone, Copy, Debug)]
pub struct ActorToken<'a> {
    /// Whom it speaks for.
    pub subject: &'a str,
    /// The client that it was issued to.
    pub client_id: Option<&'a str>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// What a client wants for a token.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The client.
    pub client_id: &'a str,
    /// What it may exchange for; nothing where absent.
    pub policy: Option<&'a ExchangePolicy>,
    /// The one API that it wants a token for; that of the token where it names none.
    pub audience: Option<&'a Audience>,
    /// The scopes; all that are possible where it names none.
    pub scopes: Option<&'a ScopeSet>,
    /// Whose token it acts by, where it does not act by itself.
    pub actor: Option<ActorToken<'a>>,
    /// The longest life that the API and the configuration allow.
    pub longest: Span,
}

/// What it gets.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// The API.
    pub audience: Audience,
    /// What may be done there. Whoever issues keeps what the API knows.
    pub scopes: ScopeSet,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Who acts from now on, where the token changes hands or somebody acted before.
    pub actor: Option<Map<String, Value>>,
}

/// Why nothing is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeFault {
    /// No operator said that this client may exchange tokens.
    #[error("this client may not exchange tokens: an operator has to allow it")]
    NotAllowed,
    /// The API is not among those that it may exchange for.
    #[error("this client may not exchange tokens for this API")]
    Target,
    /// The token is for several APIs, and none was named.
    #[error("the subject token is for several APIs: name one as `resource`")]
    Ambiguous,
    /// The client was given a token of somebody else's, and may not act by it.
    #[error(
        "the subject token was issued to another client, and this one may not act for its subject: an operator has to allow delegation"
    )]
    Delegation,
    /// More than the token has.
    #[error("the subject token does not have all of these scopes")]
    Scope,
    /// The chain of those who act is too long.
    #[error("too many act for this subject already")]
    Chain,
    /// Nothing of its life is left.
    #[error("the subject token or the actor token is at its end")]
    Over,
}

/// Decides what is given for a token that was found good at `now`.
pub fn exchange_at(token: &SubjectToken<'_>, wish: &Wish<'_>, now: Timestamp) -> Result<Exchange, ExchangeFault> {
    let policy = wish.policy.ok_or(ExchangeFault::NotAllowed)?;
    let audience = target(token, wish, policy)?;
    let changes_hands = wish.actor.is_some() || token.client_id != Some(wish.client_id);
    if changes_hands && !policy.delegation {
        return Err(ExchangeFault::Delegation);
    }
    let scopes = match wish.scopes {
        None => token.scopes.clone(),
        Some(wanted) if token.scopes.covers_all(wanted) => wanted.clone(),
        Some(_) => return Err(ExchangeFault::Scope),
    };
    let ends = [Some(now.plus(wish.longest)), token.expires_at, wish.actor.and_then(|actor| actor.expires_at)];
    let expires_at = ends.into_iter().flatten().min().filter(|end| *end > now).ok_or(ExchangeFault::Over)?;
    let actor = if changes_hands { Some(chain(token, wish)?) } else { token.actor.cloned() };
    Ok(Exchange { audience, scopes, expires_at, actor })
}

/// The one API: named and allowed, or the one that the token is for.
fn target(token: &SubjectToken<'_>, wish: &Wish<'_>, policy: &ExchangePolicy) -> Result<Audience, ExchangeFault> {
    let own = |audience: &Audience| token.audiences.contains(audience);
    match (wish.audience, token.audiences) {
        (Some(named), _) if own(named) || policy.audiences.contains(named) => Ok(named.clone()),
        (Some(_), _) => Err(ExchangeFault::Target),
        (None, [one]) => Ok(one.clone()),
        (None, []) => Err(ExchangeFault::Target),
        (None, _) => Err(ExchangeFault::Ambiguous),
    }
}

/// Who acts: the outermost is the one that counts, those inside acted before (RFC 8693, section 4.1).
fn chain(token: &SubjectToken<'_>, wish: &Wish<'_>) -> Result<Map<String, Value>, ExchangeFault> {
    let subject = wish.actor.map_or(wish.client_id, |actor| actor.subject);
    let mut actor = Map::new();
    actor.insert("sub".to_owned(), json!(subject));
    if let Some(client) = wish.actor.map_or(Some(wish.client_id), |actor| actor.client_id).filter(|client| *client != subject) {
        actor.insert("client_id".to_owned(), json!(client));
    }
    if let Some(before) = token.actor {
        if depth(before) >= limits::ACTORS_MAX {
            return Err(ExchangeFault::Chain);
        }
        actor.insert("act".to_owned(), Value::Object(before.clone()));
    }
    Ok(actor)
}

fn depth(actor: &Map<String, Value>) -> usize {
    let mut depth = 1;
    let mut next = actor.get("act").and_then(Value::as_object);
    while let Some(actor) = next {
        depth += 1;
        next = actor.get("act").and_then(Value::as_object);
    }
    depth
}

/// Who acts, as a token's row keeps it: metadata is an object of texts.
pub fn actor_to_metadata(actor: Option<&Map<String, Value>>) -> String {
    actor.map_or_else(|| "{}".to_owned(), |actor| json!({ ACTOR: Value::Object(actor.clone()).to_string() }).to_string())
}

/// Who acts by a token, of its row's metadata.
pub fn actor_of_metadata(metadata: &str) -> Option<Map<String, Value>> {
    let members: Value = serde_json::from_str(metadata).ok()?;
    serde_json::from_str(members.get(ACTOR)?.as_str()?).ok()
}

#[cfg(test)]
mod tests;
