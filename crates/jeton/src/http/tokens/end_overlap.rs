//! `POST /v1/tokens/{id}/end-overlap`: after a rotation, only the newest secret works from now on.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, TokensIssue},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::token::TokenView,
    },
    json::{Json, Nothing},
    problem::Problem,
    rotate,
};
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::id::TokenId;

/// End the overlap of a token's last rotation at once: the old secret is dead.
#[utoipa::path(post, path = "/v1/tokens/{id}/end-overlap", tag = "tokens", security(("bearer" = ["tokens:issue"])),
    params(("id" = String, Path)), responses((status = OK, body = TokenView)))]
pub async fn end_overlap(
    State(authority): State<Shared>,
    bearer: Bearer<TokensIssue>,
    Id(id): Id<TokenId>,
    Query(NoParameters {}): Query<NoParameters>,
    _: Option<Json<Nothing>>,
) -> Result<Response, Problem> {
    let (view, revision) = rotate::end_overlap(&authority, &bearer.caller, id).await?;
    Ok(respond::changed(StatusCode::OK, &view, Some(view.version), revision))
}
