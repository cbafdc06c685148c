//! `GET /v1/tokens/revoke-many/{id}`: how far a run is.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, TokensRevoke},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::revoking::RunView,
    },
    problem::Problem,
    revoke_many,
};
use axum::{extract::State, response::Response};
use jeton_core::id::RequestId;

/// Show how far a run is that revokes many tokens. Every node tells it, for thirty days after its end.
#[utoipa::path(get, path = "/v1/tokens/revoke-many/{id}", tag = "tokens", security(("bearer" = ["tokens:revoke"])),
    params(("id" = String, Path)), responses((status = OK, body = RunView)))]
pub async fn show_revoking(
    State(authority): State<Shared>,
    bearer: Bearer<TokensRevoke>,
    Id(id): Id<RequestId>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    let run = revoke_many::show(&authority, &bearer.caller, id).await?;
    Ok(respond::found(&RunView::from(run)))
}
