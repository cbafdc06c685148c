//! `POST /oauth/token` (RFC 6749, section 3.2).

use crate::{
    authority::{Authority, Shared},
    http::{Context, oauth::TOKEN, oauth::form},
    oauth::{
        OAuthError,
        client_auth::{self, Presented},
        dpop,
        grant::{self, TokenRequest},
        tokens::Issued,
    },
};
use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Request};
use jeton_core::timestamp::Timestamp;

/// Answers a request for tokens.
pub async fn issue(State(authority): State<Shared>, request: Request<Body>) -> Response {
    let now = authority.now();
    let (parts, body) = request.into_parts();
    let proof = dpop::verify_at(&authority, &parts.headers, "POST", TOKEN, now);
    let (proof, outcome) = match proof {
        Ok(proof) => {
            let outcome = Box::pin(answer(&authority, &parts, body, proof.as_ref(), now)).await;
            (proof, outcome)
        }
        Err(error) => (None, Err(error)),
    };
    let mut response = match outcome {
        Ok(issued) => issued.render(),
        Err(error) => error.into_response(),
    };
    renew_nonce(&authority, &parts.headers, proof.as_ref(), &mut response, now);
    response
}

async fn answer(
    authority: &Authority,
    parts: &http::request::Parts,
    body: Body,
    proof: Option<&dpop::Proof>,
    now: Timestamp,
) -> Result<Issued, OAuthError> {
    let form = form::read(&parts.headers, body).await?;
    let (context, certificate) = (Context::of(&parts.extensions), form::certificate(authority, parts));
    let presented = Presented { headers: &parts.headers, form: &form, context, certificate: certificate.as_deref() };
    let client = client_auth::authenticate(authority, presented).await?;
    grant::grant(authority, &TokenRequest { client, form: &form, proof, context, now }).await
}

fn renew_nonce(authority: &Authority, request: &HeaderMap, proof: Option<&dpop::Proof>, response: &mut Response, now: Timestamp) {
    dpop::renew_nonce_at(authority, request, proof, response.headers_mut(), now);
}
