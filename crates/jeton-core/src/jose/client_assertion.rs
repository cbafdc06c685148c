//! Client assertions (`private_key_jwt`): RFC 7523, section 3, as RFC 10070 updates it. A client proves with its key who it is.
//!
//! Its `jti` is good for one use: whoever accepts one must remember it until `expires_at`. Nothing here remembers.

use super::{Algorithm, BroughtFault, KeySet, UnverifiedJwt, brought};
use crate::{limits, timestamp::Timestamp};

/// The `typ` that a client assertion may have besides none.
const TYPES: [&str; 2] = ["JWT", "client-authentication+jwt"];

/// What a client assertion must be.
#[derive(Clone, Copy, Debug)]
pub struct ClientAssertionRules<'a> {
    /// The client that it must be of.
    pub client_id: &'a str,
    /// This authorization server's issuer.
    pub issuer: &'a str,
    /// The address of the token endpoint, for a client that may still name it as its audience, in an assertion that may live as long as
    /// old libraries have it; `None` for all others.
    pub legacy_audience: Option<&'a str>,
    /// `token_endpoint_auth_signing_alg`, where the client registered one.
    pub algorithm: Option<Algorithm>,
}

/// A client assertion that holds. Made only by [`verify_client_assertion_at`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedClientAssertion {
    id: String,
    expires_at: Timestamp,
}

/// Which client an assertion claims to be of, to find its keys by. Nothing is verified by it.
pub fn unverified_client_of(text: &[u8]) -> Result<String, BroughtFault> {
    UnverifiedJwt::parse(text).and_then(|jwt| jwt.issuer()).map_err(BroughtFault::Jwt)
}

/// Verifies a client assertion. `keys` must be the keys of that client and of nobody else.
pub fn verify_client_assertion_at(
    text: &[u8],
    keys: &KeySet,
    rules: &ClientAssertionRules<'_>,
    now: Timestamp,
) -> Result<VerifiedClientAssertion, BroughtFault> {
    let brought = brought::open(text, keys, rules.algorithm, &TYPES)?;
    brought.issuer(rules.client_id)?;
    if brought.text("sub")? != rules.client_id {
        return Err(BroughtFault::WrongSubject);
    }
    let audiences: Vec<&str> = std::iter::once(rules.issuer).chain(rules.legacy_audience).collect();
    brought.sole_audience(&audiences)?;
    let is_legacy = rules.legacy_audience.is_some();
    let ahead = if is_legacy { limits::LEGACY_CLIENT_ASSERTION_LIFE_MAX } else { limits::CLIENT_ASSERTION_LIFE_MAX };
    let expires_at = brought.expiry_at(ahead, now)?;
    brought.begun_at(now)?;
    let id = brought.id()?.ok_or(BroughtFault::Claim("jti"))?.to_owned();
    Ok(VerifiedClientAssertion { id, expires_at })
}

impl VerifiedClientAssertion {
    /// `jti`, which must not have been used before.
    pub fn id(&self) -> &str {
        &self.id
    }
    /// Until when `jti` must be remembered.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}
