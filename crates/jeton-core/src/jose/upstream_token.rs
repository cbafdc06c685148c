//! Upstream tokens: what an API behind the gate gets in place of the caller's own token. For that API alone and for a minute or so.
//!
//! Never says anything that the caller's token does not, and never has a type by which another API could take it for an access token.

use super::{KeyFault, PlainJwt, SigningKey, issued};
use crate::{id::TokenId, name::Audience, scope::ScopeSet, timestamp::Timestamp};
use serde_json::{Map, Value, json};

const TYPE: &str = "upstream+jwt";

/// What an upstream token says.
#[derive(Clone, Copy, Debug)]
pub struct UpstreamTokenClaims<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// `aud`: the API behind the gate, as an upstream.
    pub audience: &'a Audience,
    /// `sub`: whom the caller's token speaks for.
    pub subject: &'a str,
    /// `client_id`: the client that the caller's token was issued to.
    pub client_id: Option<&'a str>,
    /// `scope`: all scopes of the caller's token.
    pub scopes: &'a ScopeSet,
    /// `token_id`: the public id of the caller's token.
    pub token: TokenId,
    /// `act`: who acts for the subject, with its own `act` inside for a chain (RFC 8693, section 4.1).
    pub actor: Option<&'a Map<String, Value>>,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`: no later than the end of the caller's token.
    pub expires_at: Timestamp,
    /// `jti`: another for each one.
    pub id: &'a str,
}

impl SigningKey {
    /// Signs an upstream token.
    pub fn issue_upstream_token(&self, claims: &UpstreamTokenClaims<'_>) -> Result<PlainJwt, KeyFault> {
        let mut members = issued::object(json!({
            "iss": claims.issuer, "aud": claims.audience.as_str(), "sub": claims.subject, "scope": claims.scopes.to_spaced(),
            "token_id": claims.token.digits(), "jti": claims.id,
            "iat": claims.issued_at.as_seconds(), "exp": claims.expires_at.as_seconds(),
        }));
        if let Some(client_id) = claims.client_id {
            members.insert("client_id".into(), client_id.into());
        }
        if let Some(actor) = claims.actor {
            members.insert("act".into(), Value::Object(actor.clone()));
        }
        self.sign_claims(TYPE, &Value::Object(members))
    }
}
