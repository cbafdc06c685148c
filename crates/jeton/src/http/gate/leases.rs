//! `POST /v1/gate/leases`: units of limits that a gate spends without asking.

use crate::{
    authority::Shared,
    gates::{
        Entitlement,
        leases::{self, Leases, LeasesRequest},
    },
    http::{
        guard::{Bearer, GateFollow},
        query::{NoParameters, Query},
        respond,
    },
    json::Json,
    problem::Problem,
};
use axum::{extract::State, response::Response};
use jeton_core::limits;

/// Lease units of limits as a gate, and give back what is left of quotas. What is leased counts as spent.
#[utoipa::path(post, path = "/v1/gate/leases", tag = "gate", security(("bearer" = ["gate:follow"])), request_body = LeasesRequest,
    responses((status = OK, body = Leases)))]
pub async fn lease_as_gate(
    State(authority): State<Shared>,
    bearer: Bearer<GateFollow>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(asked): Json<LeasesRequest, { limits::LEASES_BODY_MAX }>,
) -> Result<Response, Problem> {
    let entitled = Entitlement::of(&authority, &bearer.caller)?;
    Ok(respond::found(&leases::lease(&authority, &entitled, &asked).await?))
}
