//! `GET /.well-known/oauth-authorization-server` (RFC 8414) and `GET /.well-known/openid-configuration` (OpenID Connect Discovery),
//! at every address that clients try: with the issuer's path behind (RFC 8414, section 3), and in front (Discovery, section 4).

use crate::{authority::Shared, oauth::metadata};
use aws_lc_rs::digest;
use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jeton_core::limits;
use url::Url;

/// Where the documents are.
const PATHS: [&str; 2] = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

/// The routes without the issuer's path, and with it behind.
pub fn router() -> Router<Shared> {
    PATHS.iter().fold(Router::new(), |router, path| {
        router.route(path, get(show_metadata)).route(&format!("{path}/{{*issuer}}"), get(show_metadata_of))
    })
}

/// The routes with the issuer's path in front, where it has one.
pub fn appended(issuer: &str) -> Router<Shared> {
    let path = path_of(issuer);
    if path.is_empty() || path.contains(['{', '}', '*', ':']) {
        return Router::new();
    }
    PATHS.iter().fold(Router::new(), |router, own| router.route(&format!("{path}{own}"), get(show_metadata)))
}

/// Whether a path is one of the documents with the issuer's path in front.
pub fn is_appended(issuer: &str, path: &str) -> bool {
    let front = PATHS.iter().find_map(|own| path.strip_suffix(own));
    front.is_some_and(|front| !front.is_empty() && front == path_of(issuer))
}

/// The issuer's path; empty where it has none.
pub fn path_of(issuer: &str) -> String {
    Url::parse(issuer).map(|url| url.path().trim_end_matches('/').to_owned()).unwrap_or_default()
}

/// The document.
pub async fn show_metadata(State(authority): State<Shared>, headers: HeaderMap) -> Response {
    let body = metadata::of(&authority.config).to_string();
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, body.as_bytes())));
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let is_known = known.flat_map(|value| value.split(',')).map(str::trim).any(|own| own == "*" || own.trim_start_matches("W/") == tag);
    let mut response = Response::new(if is_known { Body::empty() } else { Body::from(body) });
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let cache = format!("public, max-age={}", limits::METADATA_CACHE.as_seconds_up());
    let fields = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, &cache), (header::ETAG, &tag)];
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The document of the issuer with this path, which must be ours.
async fn show_metadata_of(State(authority): State<Shared>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    if path_of(&authority.config.issuer) == format!("/{path}") {
        return show_metadata(State(authority), headers).await;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_issuers_own_path_stands_in_front() {
        let issuer = "https://id.example.com/base";
        assert!(is_appended(issuer, "/base/.well-known/openid-configuration"));
        for other in ["/.well-known/openid-configuration", "/other/.well-known/openid-configuration", "/base/.well-known/other", "/base"] {
            assert!(!is_appended(issuer, other), "{other}");
        }
        assert!(!is_appended("https://id.example.com", "/.well-known/openid-configuration"));
    }
}
