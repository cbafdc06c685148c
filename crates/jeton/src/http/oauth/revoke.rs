//! `POST /oauth/revoke` (RFC 7009): 200 without a body, whatever became of the token.

use super::form::Form;
use crate::{
    authority::Shared,
    oauth::{OAuthCode, OAuthError, client_auth, revoke},
};
use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use jeton_store::audit::Actor;

/// Where it is.
pub const PATH: &str = "/oauth/revoke";

/// Takes a token back. `token_type_hint` is not needed: a token says itself what it is.
pub async fn revoke_token(State(authority): State<Shared>, form: Form) -> Result<Response, OAuthError> {
    let caller = client_auth::authenticate(&authority, form.presented()).await?;
    let missing = || OAuthError::new(OAuthCode::InvalidRequest, "`token` is missing");
    let token = form.parameters.find("token").ok_or_else(missing)?;
    let actor = Actor {
        who: format!("client:{}", caller.client.id),
        at: authority.now(),
        request: Some(form.context.request),
        client_ip: form.context.client_ip,
    };
    revoke::revoke(&authority, &caller, token, actor).await?;
    let mut response = Body::empty().into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
