//! `urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523, section 2.1): a token for what a trusted issuer says of somebody. The
//! token hangs on the client's anchor, lives no longer than the JWT, and has no refresh token: a new JWT is how it is had again.

use super::TokenRequest;
use crate::{
    authority::Authority,
    oauth::{
        OAuthError,
        tokens::{self, Issued, Parent, Refresh, Wanted},
        trusted,
    },
};
use jeton_core::oauth::{grant_context::GrantContext, grant_type::GrantType};

/// Issues a token for an assertion.
pub(super) async fn grant(authority: &Authority, request: &TokenRequest<'_>) -> Result<Issued, OAuthError> {
    let assertion = request.required("assertion")?;
    let binding = request.binding()?;
    let trusted = trusted::verify_at(authority, &request.client, assertion, request.form, request.now).await?;
    request.spend_proof(authority).await?;
    trusted.spend(authority).await?;
    let life = trusted.life_at(request.now);
    let wanted = Wanted {
        grant_type: GrantType::JwtBearer,
        client: &request.client,
        subject: trusted.subject,
        parent: Parent::Under { token: request.client.client.id.anchor(), ends_at: None, context: GrantContext::default() },
        audiences: vec![trusted.audience],
        scopes: trusted.scopes,
        binding,
        life_max: Some(life),
        refresh: Refresh::No,
        openid: None,
        act: None,
        issued_token_type: None,
        actor: request.actor(),
    };
    tokens::issue(authority, wanted).await
}
