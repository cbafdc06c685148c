//! Request objects (RFC 9101): an authorization request that the client signed. Only what stands inside counts.

use super::{Algorithm, BroughtFault, KeySet, brought, claims};
use crate::{limits, timestamp::Timestamp};
use serde_json::{Map, Value};

/// The `typ` that it may have besides none.
const TYPES: [&str; 2] = ["oauth-authz-req+jwt", "JWT"];
/// Claims that are about the JWT and no parameters of the request.
const ABOUT_THE_JWT: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// What a request object must be.
#[derive(Clone, Copy, Debug)]
pub struct RequestObjectRules<'a> {
    /// The client whose request it is.
    pub client_id: &'a str,
    /// This authorization server's issuer.
    pub issuer: &'a str,
    /// `request_object_signing_alg`, where the client registered one.
    pub algorithm: Option<Algorithm>,
}

/// Verifies a request object and gives its parameters: JSON values, the claims about the JWT itself left out. `keys` must be
/// the keys of that client and of nobody else.
pub fn verify_request_object_at(
    text: &[u8],
    keys: &KeySet,
    rules: &RequestObjectRules<'_>,
    now: Timestamp,
) -> Result<Map<String, Value>, BroughtFault> {
    let brought = brought::open(text, keys, rules.algorithm, &TYPES)?;
    brought.issuer(rules.client_id)?;
    brought.audience(rules.issuer)?;
    brought.begun_at(now)?;
    if brought.claims.contains_key("exp") {
        brought.expiry_at(limits::REQUEST_OBJECT_LIFE_MAX, now)?;
    }
    brought.id()?;
    let named = |name: &'static str| claims::optional_text(&brought.claims, name).map_err(|_| BroughtFault::Claim(name));
    if named("sub")?.is_some_and(|subject| subject == rules.client_id) {
        return Err(BroughtFault::SubjectIsClient);
    }
    if named("client_id")?.is_some_and(|client| client != rules.client_id) {
        return Err(BroughtFault::WrongClient);
    }
    if ["request", "request_uri"].into_iter().any(|name| brought.claims.contains_key(name)) {
        return Err(BroughtFault::NestedRequest);
    }
    Ok(brought.claims.into_iter().filter(|(name, _)| !ABOUT_THE_JWT.contains(&name.as_str())).collect())
}
