//! What the authorization endpoint shows: the one place that knows which page stands for what.

use super::{ConsentQuestion, Received, Refusal, prompted::Prompted};
use crate::{authority::Authority, oauth::OAuthCode, session::SignedIn};
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use jeton_store::client::Client;

/// The page to sign in at, and then to come back.
pub(super) fn sign_in(
    authority: &Authority,
    _headers: &HeaderMap,
    received: &Received,
    prompted: &Prompted,
    again: bool,
) -> Result<Response, Refusal> {
    let way_back = prompted.way_back(authority);
    let _ = (received, again, way_back);
    Ok((StatusCode::OK, "sign in").into_response())
}

/// The page that asks for consent.
pub(super) async fn consent(_authority: &Authority, _signed_in: &SignedIn, _client: &Client, _question: ConsentQuestion) -> Response {
    (StatusCode::OK, "consent").into_response()
}

/// What the client's developer must mend.
pub(super) fn fault(code: OAuthCode, words: &str) -> Response {
    (StatusCode::BAD_REQUEST, format!("{}: {words}\n", code.as_str())).into_response()
}

/// What may work in a moment.
pub(super) fn unavailable() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, "try again shortly\n").into_response()
}

/// A form that the browser posts to the client's address.
pub(super) fn form_post(_address: &str, _fields: &[(&str, &str)]) -> Response {
    Response::new(Body::empty())
}
