//! `DELETE /v1/users/{id}`: removes a user who has no live token any more.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, UsersWrite},
        id::Id,
        query::{NoParameters, Query},
        respond,
    },
    problem::Problem,
    users,
};
use axum::{extract::State, response::Response};
use jeton_core::id::UserId;

/// Removes a user who has no live token any more.
#[utoipa::path(delete, path = "/v1/users/{id}", tag = "users", security(("bearer" = ["users:write"])), params(("id" = String, Path)),
    responses((status = NO_CONTENT)))]
pub async fn remove_user(
    State(authority): State<Shared>,
    bearer: Bearer<UsersWrite>,
    Id(id): Id<UserId>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    Ok(respond::removed(users::remove(&authority, &bearer.caller, id).await?))
}
