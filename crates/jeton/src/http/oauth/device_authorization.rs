//! `POST /oauth/device_authorization` (RFC 8628, section 3.1).

use super::form::Form;
use crate::{
    authority::Shared,
    http::respond,
    oauth::{OAuthError, client_auth, device},
};
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::limits;
use jeton_store::audit::Actor;
use serde::Serialize;
use zeroize::Zeroizing;

/// Where it is.
pub const PATH: &str = "/oauth/device_authorization";

#[derive(Serialize)]
struct Answer<'a> {
    device_code: &'a str,
    user_code: &'a str,
    verification_uri: &'a str,
    verification_uri_complete: &'a str,
    expires_in: i64,
    interval: u32,
}

/// Gives a device its codes.
pub async fn authorize_device(State(authority): State<Shared>, form: Form) -> Result<Response, OAuthError> {
    let caller = client_auth::authenticate(&authority, form.presented()).await?;
    let at = authority.now();
    let who = format!("client:{}", caller.client.id);
    let actor = Actor { who, at, request: Some(form.context.request), client_ip: form.context.client_ip };
    let codes = device::begin(&authority, &caller.client, &form.parameters, actor).await?;
    let user_code = Zeroizing::new(codes.user_code.expose());
    let page = format!("{}/device", authority.config.issuer);
    let complete = Zeroizing::new(format!("{page}?user_code={}", *user_code));
    let answer = Answer {
        device_code: &codes.device_code,
        user_code: &user_code,
        verification_uri: &page,
        verification_uri_complete: &complete,
        expires_in: codes.expires_at.since(at).as_seconds_up(),
        interval: limits::DEVICE_INTERVAL_SECONDS,
    };
    Ok(respond::json(StatusCode::OK, &answer))
}
