//! `POST /v1/self/revoke`: burns the presented token.

use super::Presenter;
use crate::{
    authority::Shared,
    http::{
        query::{NoParameters, Query},
        respond,
        view::token::TokenView,
    },
    json::Json,
    problem::Problem,
    transition::{self, TransitionRequest},
};
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::facts::TokenState;

/// Burn the presented token: it never comes back to life.
#[utoipa::path(post, path = "/v1/self/revoke", tag = "self", security(("bearer" = [])), request_body = TransitionRequest,
    responses((status = OK, body = TokenView)))]
pub async fn revoke_self(
    State(authority): State<Shared>,
    Presenter(caller, id): Presenter,
    Query(NoParameters {}): Query<NoParameters>,
    asked: Option<Json<TransitionRequest>>,
) -> Result<Response, Problem> {
    let asked = asked.map(|Json(asked)| asked).unwrap_or_default();
    let (view, revision) = transition::transition(&authority, &caller, id, TokenState::Revoked, asked).await?;
    Ok(respond::changed(StatusCode::OK, &view, Some(view.version), revision))
}
