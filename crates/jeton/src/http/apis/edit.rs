//! `PATCH /v1/apis/{id}`: edits an API.

use crate::{
    apis::{self, EditApiRequest},
    authority::Shared,
    http::{
        condition,
        guard::{ApisWrite, Bearer},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::api::ApiView,
    },
    json::Json,
    problem::Problem,
};
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use jeton_core::id::ApiId;

/// Edit an API: what is in the body replaces. The audience stays.
#[utoipa::path(patch, path = "/v1/apis/{id}", tag = "apis", security(("bearer" = ["apis:write"])),
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "the `ETag` of what was read")),
    request_body = EditApiRequest, responses((status = OK, body = ApiView)))]
pub async fn edit_api(
    State(authority): State<Shared>,
    bearer: Bearer<ApisWrite>,
    Id(id): Id<ApiId>,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
    Json(asked): Json<EditApiRequest>,
) -> Result<Response, Problem> {
    let version = condition::expected_version(&headers, asked.version)?;
    let (api, revision) = apis::edit(&authority, &bearer.caller, id, version, asked).await?;
    let version = api.version;
    Ok(respond::changed(StatusCode::OK, &ApiView::from(api), Some(version), revision))
}
