//! `GET /v1/organisations`: lists organisations.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, OrganisationsWrite},
        query::{NoParameters, Query},
        respond,
        view::{List, people::OrganisationView},
    },
    problem::Problem,
};
use axum::{extract::State, response::Response};

/// List all organisations.
#[utoipa::path(get, path = "/v1/organisations", tag = "organisations", security(("bearer" = ["organisations:write"])),
    responses((status = OK, body = List<OrganisationView>)))]
pub async fn list_organisations(
    State(authority): State<Shared>,
    bearer: Bearer<OrganisationsWrite>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    super::only_main(&authority, &bearer.caller)?;
    let items = authority.store.list_organisations().await?.into_iter().map(OrganisationView::from).collect();
    Ok(respond::found(&List { items, next: None }))
}
