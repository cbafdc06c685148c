//! ID tokens (OpenID Connect Core, section 2): issued to clients, and read again when one comes back as `id_token_hint`.
//!
//! Tells a client who signed in and how; it opens nothing, and no verifier of access tokens may take it for one.

use super::{KeyFault, PlainJwt, SigningKey, half_hash, issued};
use crate::timestamp::Timestamp;
use serde_json::{Map, Value, json};

/// The header's `typ`.
pub(super) const TYPE: &str = "JWT";

/// What an ID token says.
#[derive(Clone, Debug)]
pub struct IdTokenClaims<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// `sub`: the user as this client knows him, pairwise where it is so.
    pub subject: &'a str,
    /// `aud`: the client, and nobody else.
    pub client_id: &'a str,
    /// `exp`.
    pub expires_at: Timestamp,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `auth_time`: when the user signed in.
    pub auth_time: Option<Timestamp>,
    /// `nonce`, as the authorization request had it.
    pub nonce: Option<&'a str>,
    /// `acr`: how well the user is known to have signed in.
    pub acr: Option<&'a str>,
    /// `amr`: by what means; left out when empty.
    pub amr: &'a [&'a str],
    /// `sid`: the session.
    pub session: Option<&'a str>,
    /// The access token that is issued with it, for `at_hash`.
    pub access_token: Option<&'a str>,
    /// The code that is issued with it, for `c_hash`.
    pub code: Option<&'a str>,
    /// The request's `state`, for `s_hash`.
    pub state: Option<&'a str>,
    /// Claims about the user. Names that the protocol uses are left out.
    pub profile: Map<String, Value>,
}

impl SigningKey {
    /// Signs an ID token.
    pub fn issue_id_token(&self, claims: &IdTokenClaims<'_>) -> Result<PlainJwt, KeyFault> {
        let mut members = issued::profile(&claims.profile);
        members.extend(issued::object(json!({
            "iss": claims.issuer, "sub": claims.subject, "aud": claims.client_id,
            "exp": claims.expires_at.as_seconds(), "iat": claims.issued_at.as_seconds(),
        })));
        if let Some(at) = claims.auth_time {
            members.insert("auth_time".into(), at.as_seconds().into());
        }
        let texts = [("nonce", claims.nonce), ("acr", claims.acr), ("sid", claims.session)];
        members.extend(texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?)))));
        if !claims.amr.is_empty() {
            members.insert("amr".into(), json!(claims.amr));
        }
        let hashed = [("at_hash", claims.access_token), ("c_hash", claims.code), ("s_hash", claims.state)];
        let hash = |text: &str| Value::from(half_hash(self.algorithm(), text));
        members.extend(hashed.into_iter().filter_map(|(name, text)| Some((name.to_owned(), hash(text?)))));
        self.sign_claims(TYPE, &Value::Object(members))
    }
}
