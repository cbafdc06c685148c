//! `POST /v1/gate/records`: tokens that a gate does not hold, by their ids.

use crate::{
    authority::Shared,
    gates::{Entitlement, records},
    http::{
        guard::{Bearer, GateFollow},
        query::{NoParameters, Query},
        respond,
    },
    json::Json,
    problem::Problem,
    remote::wire::RecordsRequest,
};
use axum::{extract::State, response::Response};

/// Look tokens up as a gate. Those that are for no API that the gate's token names are answered as absent.
#[utoipa::path(post, path = "/v1/gate/records", tag = "gate", security(("bearer" = ["gate:follow"])), request_body = RecordsRequest,
    responses((status = OK, description = "`{as_of, tokens}`")))]
pub async fn look_up_for_gate(
    State(authority): State<Shared>,
    bearer: Bearer<GateFollow>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(asked): Json<RecordsRequest>,
) -> Result<Response, Problem> {
    let entitled = Entitlement::of(&authority, &bearer.caller)?;
    Ok(respond::found(&records::tell(&authority, &entitled, &asked.tokens).await?))
}
