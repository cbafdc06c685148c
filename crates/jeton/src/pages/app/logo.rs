//! `GET /assets/logos/{name}`: the picture of an app. Its name holds its hash, so that browsers may keep it for ever; it is a PNG that was
//! written here, and served so that it can be nothing else.

use crate::authority::Shared;
use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use jeton_store::logo::LogoName;

/// Nothing in it may run or load, whatever a browser takes it for.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// `GET /assets/logos/{name}`.
pub async fn show_logo(State(authority): State<Shared>, Path(name): Path<String>) -> Response {
    let Some(name) = name.strip_suffix(".png").and_then(LogoName::parse) else { return StatusCode::NOT_FOUND.into_response() };
    let image = match authority.store.find_logo(&name).await {
        Ok(Some(image)) => image,
        Ok(None) => return StatusCode::NOT_FOUND.into_response(),
        Err(_) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    let mut response = Response::new(Body::from(image));
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "image/png"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
