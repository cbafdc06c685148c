//! `POST /v1/organisations`: adds an organisation with its first management token.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, OrganisationsWrite},
        query::{NoParameters, Query},
        respond,
    },
    json::Json,
    organisations::{self, AddOrganisationRequest, AddedOrganisation},
    problem::Problem,
};
use axum::{extract::State, response::Response};
use http::StatusCode;

/// Add an organisation; its first management token is in this answer and never again.
#[utoipa::path(post, path = "/v1/organisations", tag = "organisations", security(("bearer" = ["organisations:write"])),
    request_body = AddOrganisationRequest, responses((status = CREATED, body = AddedOrganisation)))]
pub async fn add_organisation(
    State(authority): State<Shared>,
    bearer: Bearer<OrganisationsWrite>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(asked): Json<AddOrganisationRequest>,
) -> Result<Response, Problem> {
    super::only_main(&authority, &bearer.caller)?;
    let (added, revision) = organisations::add(&authority, &bearer.caller, asked).await?;
    Ok(respond::changed(StatusCode::CREATED, &added, None, revision))
}
