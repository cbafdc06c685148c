//! `POST /v1/tokens/{id}/resume`.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, TokensWrite},
        id::Id,
        query::{NoParameters, Query},
        view::token::TokenView,
    },
    json::Json,
    problem::Problem,
    transition::TransitionRequest,
};
use axum::{extract::State, response::Response};
use jeton_core::{facts::TokenState, id::TokenId};

/// Let a suspended token be used again.
#[utoipa::path(post, path = "/v1/tokens/{id}/resume", tag = "tokens", security(("bearer" = ["tokens:write"])),
    params(("id" = String, Path)), request_body = TransitionRequest, responses((status = OK, body = TokenView)))]
pub async fn resume_token(
    State(authority): State<Shared>,
    bearer: Bearer<TokensWrite>,
    Id(id): Id<TokenId>,
    Query(NoParameters {}): Query<NoParameters>,
    asked: Option<Json<TransitionRequest>>,
) -> Result<Response, Problem> {
    super::change_state(&authority, &bearer.caller, id, TokenState::Active, asked).await
}
