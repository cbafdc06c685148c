//! `GET` and `POST /oauth/authorize` (RFC 6749, section 3.1). Answers with pages and redirects alone; never for scripts of other
//! origins.

use super::form;
use crate::{
    authority::Shared,
    http::Context,
    oauth::authorize::{self, Refusal},
    oauth::{OAuthCode, OAuthError},
    pages::frame::see_other,
};
use axum::{
    body::Body,
    extract::{Request, State},
    response::Response,
};
use http::{HeaderMap, Uri, request::Parts};
use jeton_core::{limits, oauth::parameters::Parameters};

/// Where it is.
pub const PATH: &str = "/oauth/authorize";

/// `GET /oauth/authorize`.
pub async fn show_authorize(State(authority): State<Shared>, uri: Uri, headers: HeaderMap, request: Request) -> Response {
    match Parameters::parse(uri.query().unwrap_or_default().as_bytes()) {
        Ok(parameters) => authorize::begin(&authority, &headers, &parameters, Context::of(request.extensions())).await,
        Err(fault) => Refusal::page(OAuthCode::InvalidRequest, fault.to_string()).render(),
    }
}

/// `POST /oauth/authorize`: goes on as a `GET`, to which a browser that comes from another site brings its cookie.
pub async fn post_authorize(request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    match posted(&parts, body).await {
        Ok(parameters) => match format!("{PATH}?{}", parameters.to_encoded()) {
            target if target.len() <= limits::TARGET_MAX => see_other(&target),
            _ => Refusal::page(OAuthCode::InvalidRequest, "the request is too long: push it first (RFC 9126)").render(),
        },
        Err(error) => Refusal::page(error.code, error.description).render(),
    }
}

async fn posted(parts: &Parts, body: Body) -> Result<Parameters, OAuthError> {
    form::read(&parts.headers, body).await
}
