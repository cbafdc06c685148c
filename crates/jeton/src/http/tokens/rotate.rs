//! `POST /v1/tokens/{id}/rotate`: gives a token another secret.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, TokensIssue},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::token::IssuedView,
    },
    json::Json,
    problem::Problem,
    rotate::{self, RotateRequest},
};
use axum::{extract::State, response::Response};
use jeton_core::id::TokenId;

/// Give a token another secret; the old one lives until the overlap ends.
#[utoipa::path(post, path = "/v1/tokens/{id}/rotate", tag = "tokens", security(("bearer" = ["tokens:issue"])),
    params(("id" = String, Path)), request_body = RotateRequest, responses((status = CREATED, body = IssuedView)))]
pub async fn rotate_token(
    State(authority): State<Shared>,
    bearer: Bearer<TokensIssue>,
    Id(id): Id<TokenId>,
    Query(NoParameters {}): Query<NoParameters>,
    asked: Option<Json<RotateRequest>>,
) -> Result<Response, Problem> {
    let asked = asked.map(|Json(asked)| asked).unwrap_or_default();
    let issuance = rotate::rotate(&authority, &bearer.caller, id, asked).await?;
    Ok(respond::issued(&issuance))
}
