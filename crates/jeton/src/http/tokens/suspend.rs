//! `POST /v1/tokens/{id}/suspend`.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, TokensRevoke},
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

/// Hold a token: it is refused until it is resumed.
#[utoipa::path(post, path = "/v1/tokens/{id}/suspend", tag = "tokens", security(("bearer" = ["tokens:revoke"])),
    params(("id" = String, Path)), request_body = TransitionRequest, responses((status = OK, body = TokenView)))]
pub async fn suspend_token(
    State(authority): State<Shared>,
    bearer: Bearer<TokensRevoke>,
    Id(id): Id<TokenId>,
    Query(NoParameters {}): Query<NoParameters>,
    asked: Option<Json<TransitionRequest>>,
) -> Result<Response, Problem> {
    super::change_state(&authority, &bearer.caller, id, TokenState::Suspended, asked).await
}
