//! `GET /v1/audit/verify`: whether the chain of audit events is whole.

use crate::{
    authority::Shared,
    http::{
        guard::{AuditRead, Bearer},
        query::{NoParameters, Query},
        respond,
    },
    problem::Problem,
};
use axum::{extract::State, response::Response};
use jeton_core::timestamp::Timestamp;
use serde::Serialize;

/// What a check of the chain found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ChainReportView {
    /// Events read.
    events: u64,
    /// When the first of them took place.
    #[schema(value_type = Option<String>, format = DateTime)]
    first_at: Option<Timestamp>,
    /// When the last of them took place.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_at: Option<Timestamp>,
    /// Whether none was removed, changed or moved.
    whole: bool,
    /// The places where the chain is broken; at most a hundred.
    faults: Vec<ChainFaultView>,
}

/// One place where the chain is broken.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ChainFaultView {
    /// The event's place.
    sequence: i64,
    /// What is wrong there.
    reason: String,
}

/// Check the chain of audit events from its first to its last.
#[utoipa::path(get, path = "/v1/audit/verify", tag = "audit", security(("bearer" = ["audit:read"])),
    responses((status = OK, body = ChainReportView)))]
pub async fn verify_audit(
    State(authority): State<Shared>,
    bearer: Bearer<AuditRead>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    // One chain holds the events of all organisations.
    crate::http::organisations::only_main(&authority, &bearer.caller)?;
    let report = authority.store.verify_audit(|_, _| {}).await?;
    let (events, first_at, last_at) = (report.events, report.first_at, report.last_at);
    let faults: Vec<_> = report.faults.into_iter().map(|(sequence, reason)| ChainFaultView { sequence, reason }).collect();
    Ok(respond::found(&ChainReportView { events, first_at, last_at, whole: faults.is_empty(), faults }))
}
