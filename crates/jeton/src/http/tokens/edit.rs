//! `PATCH /v1/tokens/{id}`: edits a token.

use crate::{
    authority::Shared,
    edit::{self, EditRequest},
    http::{
        condition,
        guard::{Bearer, TokensWrite},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::token::TokenView,
    },
    json::Json,
    problem::Problem,
};
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use jeton_core::id::TokenId;

/// Edit a token: what is in the body replaces.
#[utoipa::path(patch, path = "/v1/tokens/{id}", tag = "tokens", security(("bearer" = ["tokens:write"])),
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "the `ETag` of what was read")),
    request_body = EditRequest, responses((status = OK, body = TokenView)))]
pub async fn edit_token(
    State(authority): State<Shared>,
    bearer: Bearer<TokensWrite>,
    Id(id): Id<TokenId>,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
    Json(asked): Json<EditRequest>,
) -> Result<Response, Problem> {
    let version = condition::expected_version(&headers, asked.version)?;
    let (view, revision) = edit::edit(&authority, &bearer.caller, id, version, asked).await?;
    Ok(respond::changed(StatusCode::OK, &view, Some(view.version), revision))
}
