//! `GET /v1/policy`: what the organisation lays down for its tokens and apps.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, PolicyRead},
        query::{NoParameters, Query},
        respond,
        view::policy::PolicyView,
    },
    problem::Problem,
    rules,
};
use axum::{extract::State, response::Response};

/// See the organisation's policy.
#[utoipa::path(get, path = "/v1/policy", tag = "policy", security(("bearer" = ["policy:read"])),
    responses((status = OK, body = PolicyView)))]
pub async fn show_policy(
    State(authority): State<Shared>,
    bearer: Bearer<PolicyRead>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    let stored = rules::show(&authority, &bearer.caller).await?;
    let version = stored.version;
    Ok(respond::found_at(&PolicyView::from(stored), version))
}
