//! The listener for operators: `/livez`, `/readyz`, `/metrics`. On loopback only, and never serves anything else.

use axum::{Json, Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use std::sync::Arc;

/// What the listener shows.
#[derive(Clone)]
pub struct Ops {
    /// The collected metrics; `None` where another part of the process collects them.
    pub metrics: Option<PrometheusHandle>,
    /// Asks each part whether it is ready.
    pub checks: Arc<dyn Fn() -> Vec<Check> + Send + Sync>,
    /// Called before metrics are shown, for gauges that are read rather than counted.
    pub observe: Arc<dyn Fn() + Send + Sync>,
}

/// One part's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Which part.
    pub name: &'static str,
    /// Whether it is ready.
    pub ready: bool,
    /// Why not, or how well.
    pub detail: String,
}

/// The whole answer of `/readyz`.
#[derive(Serialize)]
struct Readiness {
    ready: bool,
    checks: Vec<Check>,
}

/// The routes.
pub fn router(ops: Ops) -> Router {
    Router::new().route("/livez", get(async || "alive\n")).route("/readyz", get(readyz)).route("/metrics", get(metrics)).with_state(ops)
}

async fn readyz(State(ops): State<Ops>) -> impl IntoResponse {
    let checks = (ops.checks)();
    let ready = checks.iter().all(|check| check.ready);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, checks }))
}

async fn metrics(State(ops): State<Ops>) -> impl IntoResponse {
    (ops.observe)();
    match ops.metrics {
        Some(handle) => {
            handle.run_upkeep();
            ([("content-type", "text/plain; version=0.0.4; charset=utf-8")], handle.render()).into_response()
        }
        None => (StatusCode::NOT_FOUND, "metrics are not collected by this process\n").into_response(),
    }
}
