//! Status list tokens (Token Status List, section 5.1): the states of many tokens, for whoever verifies them offline.

use super::{KeyFault, PlainJwt, SigningKey};
use crate::timestamp::{Span, Timestamp};
use serde_json::json;

const TYPE: &str = "statuslist+jwt";

/// What a status list token says.
#[derive(Clone, Copy, Debug)]
pub struct StatusListClaims<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// `sub`: the list's own address, which is `status.status_list.uri` of the tokens in it.
    pub list: &'a str,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`.
    pub expires_at: Timestamp,
    /// `ttl`: how long it may be kept before it is fetched again; whole seconds.
    pub time_to_live: Span,
    /// `status_list.bits`: 1, 2, 4 or 8 for each state.
    pub bits: u8,
    /// `status_list.lst`: the states, compressed, in base64url.
    pub states: &'a str,
}

impl SigningKey {
    /// Signs a status list token.
    pub fn issue_status_list(&self, claims: &StatusListClaims<'_>) -> Result<PlainJwt, KeyFault> {
        let members = json!({
            "iss": claims.issuer, "sub": claims.list, "iat": claims.issued_at.as_seconds(), "exp": claims.expires_at.as_seconds(),
            "ttl": claims.time_to_live.as_seconds_up(), "status_list": {"bits": claims.bits, "lst": claims.states},
        });
        self.sign_claims(TYPE, &members)
    }
}
