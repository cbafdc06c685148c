//! The authorization endpoint's work (RFC 6749, section 3.1; OpenID Connect Core, section 3.1.2): from a request that a browser
//! brings to a page, or to an answer that goes to the client's registered address.
//!
//! Must never redirect to an address that is not registered, and never answer without `iss` and the request's `state`.

mod answer;
mod consented;
mod need;
mod prompted;
mod received;
mod refusal;
mod shown;

pub use answer::Answer;
pub use received::{Received, inside_of, receivable, receive};
pub use refusal::Refusal;

use super::{OAuthCode, OAuthError};
use crate::{
    authority::Authority,
    http::Context,
    session::{self, Presence, SignedIn},
};
use axum::response::Response;
use consented::Granting;
use http::HeaderMap;
use jeton_core::oauth::{authorization_request::AuthorizationRequest, parameters::Parameters};
use need::Need;
use prompted::Prompted;
use serde_json::Value;

/// Answers an authorization request.
pub async fn begin(authority: &Authority, headers: &HeaderMap, parameters: &Parameters, context: Context) -> Response {
    match decide(authority, headers, parameters, context).await {
        Ok(response) => response,
        Err(refusal) => refusal.render(),
    }
}

/// The person agreed on the page that was made for this request.
pub async fn allow(authority: &Authority, signed_in: &SignedIn, request: Value, context: Context) -> Response {
    match allowed(authority, signed_in, request, context).await {
        Ok(answer) => answer.render(),
        Err(refusal) => refusal.render(),
    }
}

/// The person refused.
pub async fn deny(authority: &Authority, signed_in: &SignedIn, request: Value, context: Context) -> Response {
    match denied(authority, request).await {
        Ok(answer) => {
            tracing::info!(request = %context.request, user = %signed_in.user, "a person refused what an app asked for");
            answer.render()
        }
        Err(refusal) => refusal.render(),
    }
}

async fn decide(authority: &Authority, headers: &HeaderMap, parameters: &Parameters, context: Context) -> Result<Response, Refusal> {
    let prompted = Prompted::of(authority, parameters);
    let received = receive(authority, prompted.request()).await?;
    let Received { client, request } = &received;
    let told = |code, words: &str| Refusal::told(Answer::error(authority, &request.answer_to, code, words));
    // What can never be granted is said before anybody is asked to sign in.
    Granting::check(authority, client, request)?;
    // Who is held back by the policy counts as nobody here, and is sent to do what it wants.
    let (signed_in, lack) = match session::presence(authority, headers).await? {
        Presence::Here(signed_in) => (Some(signed_in), None),
        Presence::HeldBack(_, lack) => (None, Some(lack)),
        Presence::Nobody => (None, None),
    };
    let is_meant = match &signed_in {
        Some(signed_in) => need::is_meant(authority, client, request, signed_in)?,
        None => true,
    };
    let done = need::Done { prompted_at: prompted.at(), chosen: prompted.chosen() };
    let need = need::of(request, signed_in.as_ref(), is_meant, done, authority.now());
    let signed_in = match (need, signed_in) {
        (Need::Nothing, Some(signed_in)) => signed_in,
        (Need::Choose, Some(signed_in)) => {
            received::opened(authority, request).await?;
            return shown::choice(authority, &signed_in, &received, &prompted).await;
        }
        (Need::Error(code, words), _) => return Err(told(code, words)),
        (_, signed_in) => {
            received::opened(authority, request).await?;
            if let Some(lack) = lack {
                return shown::what_is_lacking(authority, &received, &prompted, lack);
            }
            return shown::sign_in(authority, headers, &received, &prompted, signed_in.is_some());
        }
    };
    let granting = Granting::of(authority, client, request, &signed_in).await?;
    match granting.question().await? {
        Some(_) if request.prompts.none => {
            Err(told(OAuthCode::ConsentRequired, "the person has to be asked, and `prompt=none` forbids it"))
        }
        Some(question) => {
            received::opened(authority, request).await?;
            shown::consent(authority, &signed_in, &received, &prompted, question).await
        }
        None => {
            tracing::debug!(request = %context.request, client = %client.id, "an authorization request needs no page");
            Ok(granting.issue().await?.render())
        }
    }
}

async fn allowed(authority: &Authority, signed_in: &SignedIn, request: Value, context: Context) -> Result<Answer, Refusal> {
    let request = opened(request)?;
    let client = received::again(authority, &request).await?;
    tracing::info!(request = %context.request, client = %client.id, user = %signed_in.user, "a person allowed what an app asked for");
    let granting = Granting::of(authority, &client, &request, signed_in).await?;
    granting.was_shown().await?;
    granting.issue().await
}

async fn denied(authority: &Authority, request: Value) -> Result<Answer, Refusal> {
    let request = opened(request)?;
    received::again(authority, &request).await?;
    Ok(Answer::error(authority, &request.answer_to, OAuthCode::AccessDenied, "the person did not agree"))
}

/// A request that was validated, sealed and opened again. One that an older program sealed may be of another form.
fn opened(request: Value) -> Result<AuthorizationRequest, Refusal> {
    serde_json::from_value(request)
        .map_err(|_| Refusal::page(OAuthCode::InvalidRequest, "the request is too old: the app has to begin again"))
}

impl From<OAuthError> for Refusal {
    fn from(error: OAuthError) -> Self {
        if error.status().is_server_error() { Self::Unavailable(error) } else { Self::Page(error.code, error.description) }
    }
}
