//! `POST /oauth/register` (RFC 7591) and `GET`, `PUT`, `DELETE /oauth/register/{client_id}` (RFC 7592).

use crate::{
    authority::Shared,
    caller::Caller,
    http::{
        Context,
        guard::{self, ClientsRegister, ManagementScope},
        respond,
    },
    json,
    oauth::{OAuthCode, OAuthError, register},
};
use axum::{
    body::Body,
    extract::{Path, Request, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use jeton_core::{limits, strict_json};
use serde_json::{Map, Value};

/// The client that the path names.
type Named = Result<Path<String>, PathRejection>;

/// Registers a client.
pub async fn register(State(authority): State<Shared>, request: Request) -> Result<Response, OAuthError> {
    let (parts, body) = request.into_parts();
    let holder = holder(&authority, &parts).await?;
    let metadata = read(&parts.headers, body).await?;
    let registered = register::register(&authority, Context::of(&parts.extensions), holder, &metadata).await?;
    Ok(respond::json(StatusCode::CREATED, &registered.body(&authority.config.issuer)))
}

/// Shows a client its registration.
pub async fn show(State(authority): State<Shared>, named: Named, headers: HeaderMap) -> Result<Response, OAuthError> {
    let shown = register::show(&authority, client_id(&named), access_token(&headers)).await?;
    Ok(respond::json(StatusCode::OK, &shown.body(&authority.config.issuer)))
}

/// Replaces a client's registration.
pub async fn update(State(authority): State<Shared>, named: Named, request: Request) -> Result<Response, OAuthError> {
    let (parts, body) = request.into_parts();
    let metadata = read(&parts.headers, body).await?;
    let context = Context::of(&parts.extensions);
    let updated = register::update(&authority, context, client_id(&named), access_token(&parts.headers), &metadata).await?;
    Ok(respond::json(StatusCode::OK, &updated.body(&authority.config.issuer)))
}

/// Ends a client's registration.
pub async fn remove(State(authority): State<Shared>, named: Named, request: Request) -> Result<Response, OAuthError> {
    let context = Context::of(request.extensions());
    register::remove(&authority, context, client_id(&named), access_token(request.headers())).await?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Who brought an initial access token; a token that came and is not good for this is refused, even where none is needed.
async fn holder(authority: &Shared, parts: &Parts) -> Result<Option<Caller>, OAuthError> {
    if !parts.headers.contains_key(header::AUTHORIZATION) {
        return Ok(None);
    }
    match guard::admit(authority, parts, ClientsRegister::demand()).await {
        Ok(caller) => Ok(Some(caller)),
        Err(refusal) => Err(translated(refusal)),
    }
}

/// The gate's refusal in the words of OAuth.
fn translated(refusal: Response) -> OAuthError {
    let (code, words) = match refusal.status() {
        StatusCode::UNAUTHORIZED => (OAuthCode::InvalidToken, "the initial access token is not accepted"),
        StatusCode::FORBIDDEN => (OAuthCode::InsufficientScope, "the token does not have the scope `clients:register`"),
        _ => (OAuthCode::TemporarilyUnavailable, "this cannot be done at present: try again shortly"),
    };
    let error = OAuthError::new(code, words).with_status(refusal.status());
    match refusal.headers().get(header::WWW_AUTHENTICATE) {
        Some(challenge) => error.with_header(header::WWW_AUTHENTICATE, challenge.clone()),
        None => error,
    }
}

/// What the path names; what is no text names no client.
fn client_id(named: &Named) -> &str {
    named.as_ref().map_or("", |Path(client_id)| client_id.as_str())
}

/// The registration access token; an empty text where none came, which no client has.
fn access_token(headers: &HeaderMap) -> &str {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (first, more) = (values.next(), values.next());
    let text = first.filter(|_| more.is_none()).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map_or("", |(_, token)| token.trim());
    if token.len() <= limits::TOKEN_TEXT_MAX { token } else { "" }
}

/// Reads the metadata: one JSON object, no member twice.
async fn read(headers: &HeaderMap, body: Body) -> Result<Map<String, Value>, OAuthError> {
    let collected = json::collect(headers, body, limits::CLIENT_METADATA_MAX).await;
    let body =
        collected.map_err(|problem| OAuthError::new(OAuthCode::InvalidClientMetadata, problem.detail()).with_status(problem.status()))?;
    strict_json::object(&body, limits::JSON_DEPTH_MAX)
        .map_err(|fault| OAuthError::new(OAuthCode::InvalidClientMetadata, format!("the body {fault}")))
}

/// Any other method.
pub async fn not_allowed() -> Response {
    OAuthError::new(OAuthCode::InvalidRequest, "this method is not for this address")
        .with_status(StatusCode::METHOD_NOT_ALLOWED)
        .into_response()
}
