//! What scripts of other origins may read (the Fetch standard's CORS protocol): documents for everybody by everybody, answers of
//! the token endpoint and its like by the origins of registered browser apps.
//!
//! Never with credentials of the browser, and never the authorization endpoint or a page.

use crate::{authority::Shared, config::RegistrationRule, oauth::origins::Origins};
use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use jeton_core::limits;

/// By whom a path's answers may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Readers {
    Nobody,
    Everybody,
    BrowserApps,
}

/// Documents that are the same for everybody: these paths and what lies below them.
const DOCUMENTS: [&str; 5] = [
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-protected-resource",
    "/oauth/jwks",
    "/oauth/status",
];
/// What browser apps talk to themselves.
const OF_APPS: [&str; 5] = ["/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/oauth/par", "/oauth/device_authorization"];

/// What a script may send, and what it may read beside the body.
const SENT: HeaderValue = HeaderValue::from_static("authorization, content-type, dpop, mcp-protocol-version");
const READ: HeaderValue = HeaderValue::from_static("DPoP-Nonce, WWW-Authenticate, Jeton-Request-Id");
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST");

fn readers_of(path: &str, registration: RegistrationRule) -> Readers {
    let is_at = |own: &&str| path.strip_prefix(*own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if DOCUMENTS.iter().any(is_at) || path.ends_with("/.well-known/openid-configuration") {
        return Readers::Everybody;
    }
    // A browser app that registers itself has no origin that is known before.
    let is_open = matches!(registration, RegistrationRule::Open | RegistrationRule::Approval);
    if path == "/oauth/register" && is_open {
        return Readers::Everybody;
    }
    if OF_APPS.contains(&path) { Readers::BrowserApps } else { Readers::Nobody }
}

/// Answers preflights, and says on answers who may read them.
pub async fn across_origins(State(authority): State<Shared>, request: Request, next: Next) -> Response {
    let readers = readers_of(request.uri().path(), authority.config.oauth.registration);
    if readers == Readers::Nobody {
        return next.run(request).await;
    }
    let allowed = allowed_origin(&authority.origins, &authority, readers, request.headers()).await;
    let mut response = if is_preflight(&request) { preflight(allowed.is_some()) } else { next.run(request).await };
    let headers = response.headers_mut();
    if readers == Readers::BrowserApps {
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
    }
    if let Some(origin) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, READ);
    }
    response
}

async fn allowed_origin(origins: &Origins, authority: &Shared, readers: Readers, headers: &HeaderMap) -> Option<HeaderValue> {
    if readers == Readers::Everybody {
        return Some(HeaderValue::from_static("*"));
    }
    let mut named = headers.get_all(header::ORIGIN).iter();
    let (Some(origin), None) = (named.next(), named.next()) else { return None };
    let text = origin.to_str().ok().filter(|text| text.len() <= limits::HOST_MAX + "https://".len())?;
    origins.knows(authority, text).await.then(|| origin.clone())
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight(is_allowed: bool) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if is_allowed {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, SENT);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(limits::PREFLIGHT_CACHE.as_seconds_up()));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_is_read_by_others() {
        let of = |path| readers_of(path, RegistrationRule::Open);
        for open in ["/oauth/jwks", "/.well-known/oauth-protected-resource/v1", "/base/.well-known/openid-configuration", "/oauth/register"]
        {
            assert_eq!(of(open), Readers::Everybody, "{open}");
        }
        assert_eq!(of("/oauth/token"), Readers::BrowserApps);
        for closed in
            ["/oauth/authorize", "/oauth/jwksx", "/oauth/tokens", "/oauth/consent", "/sign-in", "/v1/tokens", "/oauth/introspect", "/"]
        {
            assert_eq!(of(closed), Readers::Nobody, "{closed}");
        }
        assert_eq!(readers_of("/oauth/register", RegistrationRule::InitialAccessToken), Readers::Nobody);
    }
}
