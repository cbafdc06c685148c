//! `PUT /v1/policy`: lays down what holds for the organisation's tokens and apps from now on.

use crate::{
    authority::Shared,
    http::{
        condition,
        guard::{Bearer, PolicyWrite},
        query::{NoParameters, Query},
        respond,
        view::policy::PolicyView,
    },
    json::Json,
    problem::Problem,
    rules::{self, SetPolicyRequest},
};
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};

/// Lay down the organisation's policy, whole. Tokens that are there stay as they are.
#[utoipa::path(put, path = "/v1/policy", tag = "policy", security(("bearer" = ["policy:write"])),
    params(("If-Match" = Option<String>, Header, description = "the `ETag` of what was read")),
    request_body = SetPolicyRequest, responses((status = OK, body = PolicyView)))]
pub async fn set_policy(
    State(authority): State<Shared>,
    bearer: Bearer<PolicyWrite>,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
    Json(asked): Json<SetPolicyRequest>,
) -> Result<Response, Problem> {
    let version = condition::expected_version(&headers, asked.version)?;
    let stored = rules::set(&authority, &bearer.caller, version, asked.rules()?).await?;
    let version = stored.version;
    Ok(respond::changed(StatusCode::OK, &PolicyView::from(stored), Some(version), authority.store.head().await?))
}
