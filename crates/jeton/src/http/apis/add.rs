//! `POST /v1/apis`: adds an API.

use crate::{
    apis::{self, AddApiRequest},
    authority::Shared,
    http::{
        guard::{ApisWrite, Bearer},
        query::{NoParameters, Query},
        respond,
        view::api::ApiView,
    },
    json::Json,
    problem::Problem,
};
use axum::{extract::State, response::Response};
use http::StatusCode;

/// Add an API that tokens can be for.
#[utoipa::path(post, path = "/v1/apis", tag = "apis", security(("bearer" = ["apis:write"])), request_body = AddApiRequest,
    responses((status = CREATED, body = ApiView)))]
pub async fn add_api(
    State(authority): State<Shared>,
    bearer: Bearer<ApisWrite>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(asked): Json<AddApiRequest>,
) -> Result<Response, Problem> {
    let (api, revision) = apis::add(&authority, &bearer.caller, asked).await?;
    let version = api.version;
    Ok(respond::changed(StatusCode::CREATED, &ApiView::from(api), Some(version), revision))
}
