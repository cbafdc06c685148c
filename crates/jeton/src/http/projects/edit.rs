//! `PATCH /v1/projects/{id}`: renames a project.

use super::EditProjectRequest;
use crate::{
    authority::Shared,
    http::{
        condition,
        guard::{Bearer, ProjectsWrite},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::people::ProjectView,
    },
    json::Json,
    problem::Problem,
};
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use jeton_core::id::ProjectId;

/// Rename a project.
#[utoipa::path(patch, path = "/v1/projects/{id}", tag = "projects", security(("bearer" = ["projects:write"])),
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "the `ETag` of what was read")),
    request_body = EditProjectRequest, responses((status = OK, body = ProjectView)))]
pub async fn edit_project(
    State(authority): State<Shared>,
    bearer: Bearer<ProjectsWrite>,
    Id(id): Id<ProjectId>,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
    Json(asked): Json<EditProjectRequest>,
) -> Result<Response, Problem> {
    let version = condition::expected_version(&headers, asked.version)?;
    let organisation = bearer.caller.organisation();
    let before = authority.store.show_project(organisation, id).await?;
    if before.version != version {
        return Err(condition::outdated(before.version));
    }
    let actor = bearer.caller.actor(authority.now());
    let project = authority.store.edit_project(organisation, id, version, asked.name, actor).await?;
    let version = project.version;
    Ok(respond::changed(StatusCode::OK, &ProjectView::from(project), Some(version), authority.store.head().await?))
}
