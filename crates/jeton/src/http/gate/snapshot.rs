//! `GET /v1/gate/snapshot`: all tokens that a gate may know, as JSON lines.

use crate::{
    authority::Shared,
    gates::{Entitlement, snapshot},
    http::{
        guard::{Bearer, GateFollow},
        query::Query,
    },
    problem::Problem,
};
use axum::{body::Body, extract::State, response::Response};
use http::{HeaderValue, header};
use serde::Deserialize;

/// How much the gate has room for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Tokens that are sent whole; of those beyond only the ids. All, where nothing is said.
    records: Option<u64>,
}

/// Begin with a full memory: every token for the APIs that the gate's token names, and what these hang on.
#[utoipa::path(get, path = "/v1/gate/snapshot", tag = "gate", security(("bearer" = ["gate:follow"])), params(Asked),
    responses((status = OK, description = "JSON lines: `start`, then `policy`, `token` and `ids`, then `end`; without `end` it broke off")))]
pub async fn show_snapshot(
    State(authority): State<Shared>,
    bearer: Bearer<GateFollow>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let entitled = Entitlement::of(&authority, &bearer.caller)?;
    let lines = snapshot::begin(&authority, entitled, asked.records.unwrap_or(u64::MAX)).await?;
    let mut response = Response::new(Body::from_stream(lines));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    Ok(response)
}
