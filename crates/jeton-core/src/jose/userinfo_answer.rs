//! Userinfo answers that are signed (OpenID Connect Core, section 5.3.2), for clients that registered an algorithm for them.
//!
//! Has no `exp` and no `nonce`, by which it passes for no ID token although both are of the type `JWT`.

use super::{KeyFault, PlainJwt, SigningKey, issued};
use crate::timestamp::Timestamp;
use serde_json::{Map, Value, json};

const TYPE: &str = "JWT";

/// What a signed userinfo answer says.
#[derive(Clone, Debug)]
pub struct UserinfoAnswerClaims<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// `aud`: the client.
    pub client_id: &'a str,
    /// `sub`: the user as this client knows him.
    pub subject: &'a str,
    /// `iat`.
    pub issued_at: Timestamp,
    /// Claims about the user. Names that the protocol uses are left out.
    pub profile: Map<String, Value>,
}

impl SigningKey {
    /// Signs a userinfo answer.
    pub fn issue_userinfo_answer(&self, claims: &UserinfoAnswerClaims<'_>) -> Result<PlainJwt, KeyFault> {
        let mut members = issued::profile(&claims.profile);
        members.extend(issued::object(json!({
            "iss": claims.issuer, "aud": claims.client_id, "sub": claims.subject, "iat": claims.issued_at.as_seconds(),
        })));
        self.sign_claims(TYPE, &Value::Object(members))
    }
}
