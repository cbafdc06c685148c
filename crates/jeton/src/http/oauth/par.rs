//! `POST /oauth/par`: pushed authorization requests (RFC 9126).

use super::form;
use crate::{
    authority::{Authority, Shared},
    http::{Context, respond},
    oauth::{
        OAuthError,
        client_auth::{self, Presented},
        dpop,
        pushed::{self, Pushed},
    },
};
use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{Request, StatusCode, request::Parts};
use serde_json::json;

/// Where it is.
pub const PATH: &str = "/oauth/par";

/// Takes a request from its client.
pub async fn push_request(State(authority): State<Shared>, request: Request<Body>) -> Response {
    let now = authority.now();
    let (parts, body) = request.into_parts();
    let (proof, outcome) = match dpop::verify_at(&authority, &parts.headers, "POST", PATH, now) {
        Ok(proof) => {
            let outcome = push(&authority, &parts, body, proof.as_ref()).await;
            (proof, outcome)
        }
        Err(error) => (None, Err(error)),
    };
    let mut response = match outcome {
        Ok(Pushed { request_uri, expires_in }) => {
            respond::json(StatusCode::CREATED, &json!({ "request_uri": request_uri, "expires_in": expires_in }))
        }
        Err(error) => error.into_response(),
    };
    dpop::renew_nonce_at(&authority, &parts.headers, proof.as_ref(), response.headers_mut(), now);
    response
}

async fn push(authority: &Authority, parts: &Parts, body: Body, proof: Option<&dpop::Proof>) -> Result<Pushed, OAuthError> {
    let form = form::read(&parts.headers, body).await?;
    let (context, certificate) = (Context::of(&parts.extensions), form::certificate(authority, parts));
    let presented = Presented { headers: &parts.headers, form: &form, context, certificate: certificate.as_deref() };
    let client = client_auth::authenticate(authority, presented).await?;
    if let Some(proof) = proof {
        proof.use_up(authority).await?;
    }
    let thumbprint = proof.map(|proof| URL_SAFE_NO_PAD.encode(proof.thumbprint()));
    pushed::push(authority, &client, &form, thumbprint.as_deref()).await
}
