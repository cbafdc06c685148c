//! `GET` and `POST /oauth/userinfo` (OpenID Connect Core, section 5.3): behind the gate like every API, with an audience of its own.

use crate::{
    authority::Shared,
    http::{guard, respond},
    oauth::{audiences, userinfo, userinfo::Userinfo},
};
use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use jeton_core::{oauth::scope_words, scope::Scope};
use std::sync::LazyLock;

/// Where it is.
pub const PATH: &str = "/oauth/userinfo";

/// What is demanded.
static DEMAND: LazyLock<Vec<Scope>> = LazyLock::new(|| Scope::parse(scope_words::OPENID).into_iter().collect());

/// Tells a client about the person who let it in.
pub async fn show_userinfo(State(authority): State<Shared>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let audience = match audiences::userinfo(&authority) {
        Ok(audience) => audience,
        Err(error) => return error.into_response(),
    };
    let passed = match guard::pass(&authority, &parts, audience.as_str(), &DEMAND).await {
        Ok(passed) => passed,
        Err(refusal) => return refusal,
    };
    match userinfo::of(&authority, &passed.token).await {
        Ok(Userinfo::Plain(claims)) => respond::json(StatusCode::OK, &claims),
        Ok(Userinfo::Signed(token)) => {
            let mut response = respond::bytes(StatusCode::OK, Bytes::copy_from_slice(token.expose().as_bytes()));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/jwt"));
            response
        }
        Err(error) => error.into_response(),
    }
}
