//! `POST /v1/gate/leave`: a gate ends in order, and decides on nothing from now on.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, GateFollow},
        query::{NoParameters, Query},
        respond,
    },
    json::Json,
    problem::{Problem, ProblemCode},
};
use axum::{extract::State, response::Response};
use jeton_core::fault::Invalid;
use serde::{Deserialize, Serialize};

/// Which process ends.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaveRequest {
    /// As it named itself when it asked for changes.
    #[schema(min_length = 1, max_length = 32, pattern = "^[0-9A-Za-z]{1,32}$")]
    process: String,
}

/// That it is known.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Left {
    /// Nobody waits for it any more.
    left: bool,
}

/// Say that a gate decides on nothing any more, so that nobody waits for its acknowledgement.
#[utoipa::path(post, path = "/v1/gate/leave", tag = "gate", security(("bearer" = ["gate:follow"])), request_body = LeaveRequest,
    responses((status = OK, body = Left)))]
pub async fn leave_as_gate(
    State(authority): State<Shared>,
    bearer: Bearer<GateFollow>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(asked): Json<LeaveRequest>,
) -> Result<Response, Problem> {
    let Some(token) = bearer.caller.token_id() else {
        return Err(Problem::new(ProblemCode::Conflict, "only a gate's own token speaks for the gate"));
    };
    if !super::changes::is_process(&asked.process) {
        return Err(Problem::field("process", &Invalid::new("must be 1 to 32 letters and digits")));
    }
    authority.verifiers.left(&super::changes::verifier(token, &asked.process));
    Ok(respond::found(&Left { left: true }))
}
