//! `GET /v1/projects/{id}`: shows a project.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, ProjectsRead},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::people::ProjectView,
    },
    problem::Problem,
};
use axum::{extract::State, response::Response};
use jeton_core::id::ProjectId;

/// Show a project.
#[utoipa::path(get, path = "/v1/projects/{id}", tag = "projects", security(("bearer" = ["projects:read"])), params(("id" = String, Path)),
    responses((status = OK, body = ProjectView)))]
pub async fn show_project(
    State(authority): State<Shared>,
    bearer: Bearer<ProjectsRead>,
    Id(id): Id<ProjectId>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    let found = authority.store.show_project(bearer.caller.organisation(), id).await?;
    let version = found.version;
    Ok(respond::found_at(&ProjectView::from(found), version))
}
