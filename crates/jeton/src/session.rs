//! The session of a person who signed in: one for all apps. The cookie holds a random secret; stored is its SHA-256.

use crate::{authority::Authority, oauth::OAuthError};
use http::HeaderMap;
use jeton_core::{
    id::{OrganisationId, SessionId, UserId},
    timestamp::Timestamp,
};

/// Who is signed in at the browser that a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The session; the `sid` of ID tokens and logout tokens.
    pub session: SessionId,
    /// The person.
    pub user: UserId,
    /// The person's organisation.
    pub organisation: OrganisationId,
    /// When the person last proved who it is.
    pub authenticated_at: Timestamp,
    /// How (RFC 8176): `pwd`, later `hwk`, `otp`, `mfa`.
    pub methods: Vec<String>,
    /// The authentication context class that this comes to.
    pub acr: String,
}

/// Who is signed in, where somebody is and the session is neither over nor ended.
pub async fn current(authority: &Authority, headers: &HeaderMap) -> Result<Option<SignedIn>, OAuthError> {
    let _ = (authority, headers);
    Ok(None)
}
