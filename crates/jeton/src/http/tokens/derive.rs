//! `POST /v1/tokens/{id}/derive`: derives a narrower child.

use crate::{
    authority::Shared,
    derive::{self, DeriveRequest},
    http::{
        guard::{Bearer, TokensIssue},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::token::IssuedView,
    },
    json::Json,
    problem::Problem,
};
use axum::{extract::State, response::Response};
use jeton_core::id::TokenId;

/// Derive a narrower, shorter-lived token from this one; it is dead with it.
#[utoipa::path(post, path = "/v1/tokens/{id}/derive", tag = "tokens", security(("bearer" = ["tokens:issue"])),
    params(("id" = String, Path)), request_body = DeriveRequest, responses((status = CREATED, body = IssuedView)))]
pub async fn derive_token(
    State(authority): State<Shared>,
    bearer: Bearer<TokensIssue>,
    Id(id): Id<TokenId>,
    Query(NoParameters {}): Query<NoParameters>,
    asked: Option<Json<DeriveRequest>>,
) -> Result<Response, Problem> {
    let asked = asked.map(|Json(asked)| asked).unwrap_or_default();
    let issuance = derive::derive(&authority, &bearer.caller, id, asked).await?;
    Ok(respond::issued(&issuance))
}
