//! Introspection answers that are signed (RFC 9701). What is said about a token stands inside `token_introspection`; no `sub`
//! and no `exp` outside of it, so that the answer itself passes for no token.

use super::{KeyFault, PlainJwt, SigningKey};
use crate::timestamp::Timestamp;
use serde_json::{Map, Value, json};

const TYPE: &str = "token-introspection+jwt";

/// What a signed introspection answer says.
#[derive(Clone, Debug)]
pub struct IntrospectionAnswerClaims<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// `aud`: whoever asked.
    pub audience: &'a str,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `token_introspection`: the answer of RFC 7662, `active` at least.
    pub answer: Map<String, Value>,
}

impl SigningKey {
    /// Signs an introspection answer.
    pub fn issue_introspection_answer(&self, claims: &IntrospectionAnswerClaims<'_>) -> Result<PlainJwt, KeyFault> {
        let members = json!({
            "iss": claims.issuer, "aud": claims.audience, "iat": claims.issued_at.as_seconds(), "token_introspection": claims.answer,
        });
        self.sign_claims(TYPE, &members)
    }
}
