//! Assertions of a trusted issuer as a grant (RFC 7523, section 3): another authority says on whose behalf a token is asked for.
//!
//! Says only that this issuer signed these claims for us. What its subjects may do here, the trust that is configured says.

use super::{Algorithm, BroughtFault, KeySet, brought};
use crate::{limits, timestamp::Timestamp};
use serde_json::{Map, Value};

/// The `typ` that it may have besides none.
const TYPES: [&str; 1] = ["JWT"];

/// What an assertion must be.
#[derive(Clone, Copy, Debug)]
pub struct BearerAssertionRules<'a> {
    /// The issuer that is trusted.
    pub trusted_issuer: &'a str,
    /// What its one `aud` may be: this authorization server's issuer, its token endpoint, or what the trust says.
    pub audiences: &'a [&'a str],
    /// The algorithm that the trust is limited to, where it is.
    pub algorithm: Option<Algorithm>,
}

/// An assertion that holds. Made only by [`verify_bearer_assertion_at`].
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedBearerAssertion {
    subject: String,
    id: Option<String>,
    expires_at: Timestamp,
    claims: Map<String, Value>,
}

/// Verifies an assertion. `keys` must be the keys of the trusted issuer and of nobody else.
pub fn verify_bearer_assertion_at(
    text: &[u8],
    keys: &KeySet,
    rules: &BearerAssertionRules<'_>,
    now: Timestamp,
) -> Result<VerifiedBearerAssertion, BroughtFault> {
    let brought = brought::open(text, keys, rules.algorithm, &TYPES)?;
    brought.issuer(rules.trusted_issuer)?;
    brought.sole_audience(rules.audiences)?;
    let subject = brought.text("sub")?;
    if subject.len() > limits::FOREIGN_SUBJECT_MAX {
        return Err(BroughtFault::Claim("sub"));
    }
    let subject = subject.to_owned();
    let expires_at = brought.expiry_at(limits::JWT_LIFE_MAX, now)?;
    brought.begun_at(now)?;
    let id = brought.id()?.map(str::to_owned);
    Ok(VerifiedBearerAssertion { subject, id, expires_at, claims: brought.claims })
}

impl VerifiedBearerAssertion {
    /// `sub`, as the trusted issuer names it.
    pub fn subject(&self) -> &str {
        &self.subject
    }
    /// `jti`, where there is one: then it must not have been used before.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
    /// `exp`: what is issued for it should not live longer without a reason.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
    /// All claims, for the conditions of the trust.
    pub const fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }
}
