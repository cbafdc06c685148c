//! The audiences that are the authority's own.

use super::OAuthError;
use crate::authority::Authority;
use jeton_core::name::Audience;

/// The audience of userinfo. Never the bare issuer, which is that of the management interface.
pub fn userinfo(authority: &Authority) -> Result<Audience, OAuthError> {
    Audience::parse(&format!("{}/oauth/userinfo", authority.config.issuer)).map_err(|_| OAuthError::unavailable())
}
