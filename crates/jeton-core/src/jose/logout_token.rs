//! Logout tokens (OpenID Connect Back-Channel Logout, section 2.4): tell a client that a session has ended.
//!
//! Never has a `nonce`, by which nobody can take it for an ID token.

use super::{KeyFault, PlainJwt, SigningKey, issued};
use crate::timestamp::Timestamp;
use serde_json::{Value, json};

const TYPE: &str = "logout+jwt";
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What a logout token says.
#[derive(Clone, Copy, Debug)]
pub struct LogoutTokenClaims<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// `aud`: the client that is told.
    pub client_id: &'a str,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`: two minutes later is what the specification asks for.
    pub expires_at: Timestamp,
    /// `jti`: another for each one.
    pub id: &'a str,
    /// Whose session, or which.
    pub ended: Ended<'a>,
}

/// What has ended.
#[derive(Clone, Copy, Debug)]
pub enum Ended<'a> {
    /// All sessions of a user: `sub` alone.
    Subject(&'a str),
    /// One session of a user: `sub` and `sid`.
    Session {
        /// `sub`, as this client knows it.
        subject: &'a str,
        /// `sid`.
        session: &'a str,
    },
}

impl SigningKey {
    /// Signs a logout token.
    pub fn issue_logout_token(&self, claims: &LogoutTokenClaims<'_>) -> Result<PlainJwt, KeyFault> {
        let mut members = issued::object(json!({
            "iss": claims.issuer, "aud": claims.client_id, "jti": claims.id,
            "iat": claims.issued_at.as_seconds(), "exp": claims.expires_at.as_seconds(), "events": {EVENT: {}},
        }));
        match claims.ended {
            Ended::Subject(subject) => members.extend([("sub".to_owned(), Value::from(subject))]),
            Ended::Session { subject, session } => {
                members.extend([("sub".to_owned(), Value::from(subject)), ("sid".to_owned(), Value::from(session))]);
            }
        }
        self.sign_claims(TYPE, &Value::Object(members))
    }
}
