//! What the authorization endpoint shows: the one place that knows which page stands for what.

use super::{Received, Refusal, answer::Answer, consented::Question, prompted::Prompted};
use crate::{
    authority::Authority,
    oauth::OAuthCode,
    pages::{self, consent::ConsentQuestion, return_to::ReturnTo, sign_in},
    session::{Lack, SignedIn},
};
use axum::response::Response;
use http::HeaderMap;

/// What a client is told whose request is too long to come back to.
const TOO_LONG: &str = "the request is too long to sign in for: push it first (RFC 9126)";

/// The page to sign in at, and then to come back.
pub(super) fn sign_in(
    authority: &Authority,
    headers: &HeaderMap,
    received: &Received,
    prompted: &Prompted,
    again: bool,
) -> Result<Response, Refusal> {
    let Received { client, request } = received;
    let return_to = way_back(authority, received, prompted)?;
    let asked = sign_in::Asked {
        notice: None,
        return_to,
        login_hint: request.login_hint.as_deref(),
        client_name: Some(client.name.as_str()),
        again,
        redirect_uri: Some(&request.answer_to.redirect_uri),
    };
    Ok(sign_in::page(authority, headers, &asked))
}

/// Where the second factor is set up, or shown, that the policy wants; and then to come back.
pub(super) fn what_is_lacking(authority: &Authority, received: &Received, prompted: &Prompted, lack: Lack) -> Result<Response, Refusal> {
    Ok(sign_in::send_for(lack, &way_back(authority, received, prompted)?))
}

/// The page that asks whether to go on as whoever is signed in, or as somebody else.
pub(super) async fn choice(
    authority: &Authority,
    signed_in: &SignedIn,
    received: &Received,
    prompted: &Prompted,
) -> Result<Response, Refusal> {
    let another = way_back(authority, received, prompted)?;
    let go_on = prompted.way_on(authority, signed_in.session).ok_or_else(|| too_long(authority, received))?;
    let redirect_uri = &received.request.answer_to.redirect_uri;
    Ok(pages::select_account::page(authority, signed_in, received.client.name.as_str(), &go_on, &another, redirect_uri).await)
}

/// The page that asks for consent.
pub(super) async fn consent(
    authority: &Authority,
    signed_in: &SignedIn,
    received: &Received,
    prompted: &Prompted,
    question: Question,
) -> Result<Response, Refusal> {
    let question = ConsentQuestion {
        request: serde_json::to_value(&received.request).unwrap_or_default(),
        redirect_uri: received.request.answer_to.redirect_uri.clone(),
        groups: question.groups,
        again: way_back(authority, received, prompted)?,
    };
    Ok(pages::consent::page(authority, signed_in, &received.client, &question).await)
}

fn way_back(authority: &Authority, received: &Received, prompted: &Prompted) -> Result<ReturnTo, Refusal> {
    let path = prompted.way_back(authority);
    path.as_deref().and_then(ReturnTo::parse).ok_or_else(|| too_long(authority, received))
}

fn too_long(authority: &Authority, received: &Received) -> Refusal {
    Refusal::told(Answer::error(authority, &received.request.answer_to, OAuthCode::InvalidRequest, TOO_LONG))
}

/// What the client's developer must mend.
pub(super) fn fault(code: OAuthCode, words: &str) -> Response {
    pages::error::app_fault(code.as_str(), words)
}

/// What may work in a moment.
pub(super) fn unavailable() -> Response {
    pages::error::unavailable()
}

/// A form that the browser posts to the client's address.
pub(super) fn form_post(address: &str, fields: &[(&str, &str)]) -> Response {
    pages::form_post::page(address, fields)
}
