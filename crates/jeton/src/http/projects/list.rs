//! `GET /v1/projects`: lists projects.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, ProjectsRead},
        query::Query,
        respond,
        view::{
            list::{List, Paging, page_request},
            people::ProjectView,
        },
    },
    problem::Problem,
};
use axum::{extract::State, response::Response};

/// List the organisation's projects.
#[utoipa::path(get, path = "/v1/projects", tag = "projects", security(("bearer" = ["projects:read"])), params(Paging),
    responses((status = OK, body = List<ProjectView>)))]
pub async fn list_projects(
    State(authority): State<Shared>,
    bearer: Bearer<ProjectsRead>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let page = page_request(paging.cursor, paging.limit)?;
    let page = authority.store.list_projects(bearer.caller.organisation(), page).await?;
    Ok(respond::found(&List::of(page, ProjectView::from)))
}
