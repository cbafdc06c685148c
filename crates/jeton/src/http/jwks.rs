//! `GET /oauth/jwks`: the public halves of the signing keys, for whoever verifies JWTs. Open to everybody.

use crate::authority::Shared;
use axum::{body::Body, extract::State, response::Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// How long the key set may be kept: short, since a new key is published before it signs.
const CACHE: &str = "public, max-age=300";

/// The public signing keys as a JWK set (RFC 7517).
#[utoipa::path(get, path = "/oauth/jwks", tag = "keys", security(()), responses((status = OK, description = "a JWK set")))]
pub async fn show_jwks(State(authority): State<Shared>, headers: HeaderMap) -> Response {
    let published = authority.keys.published();
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let is_known = known.flat_map(|value| value.split(',')).any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == published.etag
    });
    let mut response = if is_known {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        let mut response = Response::new(Body::from(published.body));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json"));
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    if let Ok(tag) = HeaderValue::try_from(published.etag) {
        headers.insert(header::ETAG, tag);
    }
    response
}
