//! The ID token that comes with an access token (OpenID Connect Core, section 2).
//!
//! Tells about a person only what the request asked for by name and the granted scopes cover: the rest is userinfo's to tell.

use super::{OpenId, Parent, Wanted};
use crate::{
    authority::Authority,
    oauth::{OAuthError, profile},
};
use jeton_core::{
    id::UserId,
    jose::{Algorithm, IdTokenClaims, PlainJwt},
};

/// The algorithm of a client that registered none (OpenID Connect Dynamic Client Registration, section 2).
const DEFAULT: Algorithm = Algorithm::Rs256;

pub(super) async fn make(authority: &Authority, wanted: &Wanted<'_>, openid: &OpenId, access_token: &str) -> Result<PlainJwt, OAuthError> {
    let (client, now) = (&wanted.client.client, wanted.actor.at);
    let (Parent::NewGrant { context, .. } | Parent::Under { context, .. }) = &wanted.parent;
    let user = UserId::parse(wanted.subject.as_str()).map_err(|_| OAuthError::unavailable())?;
    let subject = authority.subjects.subject_for(&client.registration, user).map_err(|fault| {
        tracing::warn!(client = client.client_id, %fault, "a pairwise subject could not be made");
        OAuthError::unavailable()
    })?;
    let asked = context.asked_claims("id_token");
    let profile = if asked.is_empty() {
        serde_json::Map::new()
    } else {
        let mut known = profile::of(authority, client.organisation, user, &wanted.scopes).await?;
        known.retain(|name, _| asked.contains(name));
        known
    };
    let claims = IdTokenClaims {
        issuer: &authority.config.issuer,
        subject: &subject,
        client_id: &client.client_id,
        expires_at: now.plus(authority.config.oauth.id_token.0),
        issued_at: now,
        auth_time: context.authenticated_at(),
        nonce: openid.nonce.as_deref(),
        acr: context.acr.as_deref(),
        amr: &context.methods(),
        session: context.session.as_deref(),
        access_token: Some(access_token),
        code: None,
        state: None,
        profile,
    };
    let algorithm = client.registration.id_token_signed_response_alg.as_deref().map_or(Some(DEFAULT), Algorithm::parse_signing);
    let signed = authority.keys.issue_id_token_at(algorithm.unwrap_or(DEFAULT), &claims, now).await;
    signed.map_err(|fault| {
        tracing::error!(%fault, "an ID token could not be signed");
        OAuthError::unavailable()
    })
}
