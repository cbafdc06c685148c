//! `POST /v1/policy/preview`: how many tokens would break rules that are not laid down yet. Changes nothing.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, PolicyRead},
        query::{NoParameters, Query},
        respond,
    },
    json::Json,
    problem::Problem,
    rules::{self, Breaking, SetPolicyRequest},
};
use axum::{extract::State, response::Response};
use serde::Serialize;

/// What would break rules.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = PolicyPreview)]
pub struct PreviewView {
    /// Each rule that tokens would break.
    pub breaking: Vec<Breaking>,
}

/// Try a policy before it is laid down.
#[utoipa::path(post, path = "/v1/policy/preview", tag = "policy", security(("bearer" = ["policy:read"])),
    request_body = SetPolicyRequest, responses((status = OK, body = PreviewView)))]
pub async fn preview_policy(
    State(authority): State<Shared>,
    bearer: Bearer<PolicyRead>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(asked): Json<SetPolicyRequest>,
) -> Result<Response, Problem> {
    let breaking = rules::preview(&authority, &bearer.caller, &asked.rules()?).await?;
    Ok(respond::found(&PreviewView { breaking }))
}
