//! `DELETE /v1/apis/{id}`: removes an API that no token is for any more.

use crate::{
    apis,
    authority::Shared,
    http::{
        guard::{ApisWrite, Bearer},
        id::Id,
        query::{NoParameters, Query},
        respond,
    },
    problem::Problem,
};
use axum::{extract::State, response::Response};
use jeton_core::id::ApiId;

/// Remove an API that no token is for any more.
#[utoipa::path(delete, path = "/v1/apis/{id}", tag = "apis", security(("bearer" = ["apis:write"])), params(("id" = String, Path)),
    responses((status = NO_CONTENT)))]
pub async fn remove_api(
    State(authority): State<Shared>,
    bearer: Bearer<ApisWrite>,
    Id(id): Id<ApiId>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    Ok(respond::removed(apis::remove(&authority, &bearer.caller, id).await?))
}
