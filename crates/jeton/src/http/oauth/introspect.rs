//! `POST /oauth/introspect` (RFC 7662, RFC 9701). Every request of an API may come through here, so the front calls it without the
//! router between.

use super::form;
use crate::{
    authority::{Authority, Shared},
    http::{
        Context,
        guard::{self, ManagementScope, TokensVerify},
        respond,
    },
    oauth::{
        OAuthCode, OAuthError,
        client_auth::{self, Presented},
        introspect::{self, Answer, Asker, INACTIVE},
    },
};
use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use jeton_core::oauth::parameters::Parameters;

/// Where it is.
pub const PATH: &str = "/oauth/introspect";

/// The media type of signed answers.
const SIGNED: &str = "application/token-introspection+jwt";

/// Tells about a token, for a request that did not go through the router.
pub async fn introspect_directly(
    authority: &Shared,
    parts: &Parts,
    body: impl http_body::Body<Data = Bytes>,
) -> Result<http::Response<Bytes>, Response> {
    let refused = IntoResponse::into_response;
    if is_bearer(&parts.headers) {
        let caller = guard::admit(authority, parts, TokensVerify::demand()).await?;
        let form = form::read(&parts.headers, body).await.map_err(refused)?;
        let answer = answer(authority, Asker::Manager(&caller), &form).await.map_err(refused)?;
        return Ok(respond::whole(StatusCode::OK, answer));
    }
    let form = form::read(&parts.headers, body).await.map_err(refused)?;
    for_client(authority, parts, &form).await.map_err(refused)
}

/// The same for a request that came through the router.
pub async fn introspect_token(State(authority): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match introspect_directly(&authority, &parts, body).await {
        Ok(answer) => answer.map(Body::from),
        Err(refusal) => refusal,
    }
}

async fn for_client(authority: &Authority, parts: &Parts, form: &Parameters) -> Result<http::Response<Bytes>, OAuthError> {
    let (context, certificate) = (Context::of(&parts.extensions), form::certificate(authority, parts));
    let presented = Presented { headers: &parts.headers, form, context, certificate: certificate.as_deref() };
    let caller = client_auth::authenticate(authority, presented).await?;
    if caller.method.is_public() {
        let words = "introspection is for clients that prove themselves: a public client cannot ask";
        return Err(OAuthError::new(OAuthCode::InvalidClient, words));
    }
    let answer = answer(authority, Asker::Client(&caller.client), form).await?;
    if !wants_signed(&parts.headers) {
        return Ok(respond::whole(StatusCode::OK, answer));
    }
    let signed = Box::pin(introspect::signed(authority, &caller.client, &answer)).await?;
    let mut response = respond::whole(StatusCode::OK, signed.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(SIGNED));
    Ok(response)
}

async fn answer(authority: &Authority, asker: Asker<'_>, form: &Parameters) -> Result<Bytes, OAuthError> {
    let known = introspect::introspect(authority, asker, form).await?;
    Ok(known.map_or(Bytes::from_static(INACTIVE), |known| Answer::of(authority, &asker, &known).to_json().into()))
}

/// Whether a token is presented as the asker's own credential.
fn is_bearer(headers: &HeaderMap) -> bool {
    let scheme = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes().split(|byte| *byte == b' ').next().unwrap_or_default());
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer") || scheme.eq_ignore_ascii_case(b"dpop"))
}

/// Whether the answer is wanted as a JWT, said by name (RFC 9701, section 4).
fn wants_signed(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|range| {
        let essence = range.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case(SIGNED)
    })
}
