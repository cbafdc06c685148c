//! Userinfo (OpenID Connect Core, section 5.3): what a client may know of the person who let it in, by the scopes that were granted.
//!
//! `sub` is the one that the client knows from its ID tokens, and no other.

use super::{OAuthCode, OAuthError, clients, profile};
use crate::authority::Authority;
use jeton_core::{
    id::UserId,
    jose::{Algorithm, PlainJwt, UserinfoAnswerClaims},
};
use jeton_gate::check::TokenView;
use serde_json::{Map, Value};

/// An answer, as the client registered it.
#[derive(Debug)]
pub enum Userinfo {
    /// As JSON.
    Plain(Map<String, Value>),
    /// As a JWT.
    Signed(PlainJwt),
}

/// Tells about the person whom a token speaks for. The gate let it pass.
pub async fn of(authority: &Authority, token: &TokenView) -> Result<Userinfo, OAuthError> {
    // A token without a client or a person never has this audience.
    let foreign = || OAuthError::new(OAuthCode::InvalidToken, "this token was not issued to an app for a person");
    let client_id = token.client_id().ok_or_else(foreign)?;
    let client = clients::find(authority, client_id).await?.ok_or_else(foreign)?;
    let user = UserId::parse(token.subject()).map_err(|_| foreign())?;
    let subject = authority.subjects.subject_for(&client.registration, user).map_err(|fault| {
        tracing::warn!(client = client.client_id, %fault, "a pairwise subject could not be made");
        OAuthError::unavailable()
    })?;
    let mut profile = profile::of(authority, token.organisation(), user, token.scopes()).await?;
    let Some(algorithm) = client.registration.userinfo_signed_response_alg.as_deref().and_then(Algorithm::parse_signing) else {
        profile.insert("sub".to_owned(), subject.into());
        return Ok(Userinfo::Plain(profile));
    };
    let now = authority.now();
    let claims =
        UserinfoAnswerClaims { issuer: &authority.config.issuer, client_id: &client.client_id, subject: &subject, issued_at: now, profile };
    let signed = authority.keys.issue_userinfo_answer_at(algorithm, &claims, now).await;
    signed.map(Userinfo::Signed).map_err(|fault| {
        tracing::error!(%fault, "a userinfo answer could not be signed");
        OAuthError::unavailable()
    })
}
