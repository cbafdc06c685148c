//! `POST /v1/projects`: adds a project.

use super::AddProjectRequest;
use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, ProjectsWrite},
        query::{NoParameters, Query},
        respond,
        view::people::ProjectView,
    },
    json::Json,
    problem::Problem,
};
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::id::ProjectId;
use jeton_store::project::Project;

/// Add a project that API keys can belong to.
#[utoipa::path(post, path = "/v1/projects", tag = "projects", security(("bearer" = ["projects:write"])),
    request_body = AddProjectRequest, responses((status = CREATED, body = ProjectView)))]
pub async fn add_project(
    State(authority): State<Shared>,
    bearer: Bearer<ProjectsWrite>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(asked): Json<AddProjectRequest>,
) -> Result<Response, Problem> {
    let now = authority.now();
    let id = ProjectId::from_random(rand::random());
    let new = Project { id, organisation: bearer.caller.organisation(), name: asked.name, created_at: now, version: 1 };
    let project = authority.store.insert_project(new, bearer.caller.actor(now)).await?;
    let version = project.version;
    Ok(respond::changed(StatusCode::CREATED, &ProjectView::from(project), Some(version), authority.store.head().await?))
}
