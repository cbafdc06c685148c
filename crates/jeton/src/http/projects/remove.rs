//! `DELETE /v1/projects/{id}`: removes a project that no token belongs to any more.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, ProjectsWrite},
        id::Id,
        query::{NoParameters, Query},
        respond,
    },
    problem::Problem,
};
use axum::{extract::State, response::Response};
use jeton_core::id::ProjectId;

/// Removes a project that no token belongs to any more.
#[utoipa::path(delete, path = "/v1/projects/{id}", tag = "projects", security(("bearer" = ["projects:write"])),
    params(("id" = String, Path)), responses((status = NO_CONTENT)))]
pub async fn remove_project(
    State(authority): State<Shared>,
    bearer: Bearer<ProjectsWrite>,
    Id(id): Id<ProjectId>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    let actor = bearer.caller.actor(authority.now());
    authority.store.remove_project(bearer.caller.organisation(), id, actor).await?;
    Ok(respond::removed(authority.store.head().await?))
}
