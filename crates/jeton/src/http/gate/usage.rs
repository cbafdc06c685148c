//! `POST /v1/gate/usage`: use that a gate counted.

use crate::{
    authority::Shared,
    gates::{Entitlement, usage},
    http::{
        guard::{Bearer, GateFollow},
        query::{NoParameters, Query},
        respond,
    },
    json::Json,
    problem::{Problem, ProblemCode},
    remote::report::{UsageReport, UsageTaken},
};
use axum::{extract::State, response::Response};
use jeton_core::limits;

/// Report use as a gate. A part that is sent again counts once.
#[utoipa::path(post, path = "/v1/gate/usage", tag = "gate", security(("bearer" = ["gate:follow"])), request_body = UsageReport,
    responses((status = OK, body = UsageTaken)))]
pub async fn report_use(
    State(authority): State<Shared>,
    bearer: Bearer<GateFollow>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(report): Json<UsageReport, { limits::USE_REPORT_MAX }>,
) -> Result<Response, Problem> {
    let entitled = Entitlement::of(&authority, &bearer.caller)?;
    let gate = bearer.caller.token_id().ok_or_else(|| Problem::new(ProblemCode::Conflict, "only a gate's own token reports its use"))?;
    Ok(respond::found(&usage::take(&authority, &entitled, gate, report).await?))
}
