//! `POST /v1/clients/{id}/approve`: approves a registration, or a change of one.

use crate::{
    authority::Shared,
    clients::{self, ApproveClientRequest},
    http::{
        condition,
        guard::{Bearer, ClientsApprove},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::client::ClientView,
    },
    json::Json,
    problem::Problem,
};
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use jeton_core::id::ClientId;

/// Approve what waits of a client: its registration, or a change of it. Whole, or with fewer scopes.
#[utoipa::path(post, path = "/v1/clients/{id}/approve", tag = "clients", security(("bearer" = ["clients:approve"])),
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "the `ETag` of what was read")),
    request_body = ApproveClientRequest, responses((status = OK, body = ClientView)))]
pub async fn approve_client(
    State(authority): State<Shared>,
    bearer: Bearer<ClientsApprove>,
    Id(id): Id<ClientId>,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
    asked: Option<Json<ApproveClientRequest>>,
) -> Result<Response, Problem> {
    let asked = asked.map(|Json(asked)| asked).unwrap_or_default();
    let version = condition::expected_version(&headers, asked.version)?;
    let (client, revision) = clients::approve(&authority, &bearer.caller, id, version, asked).await?;
    let version = client.version;
    Ok(respond::changed(StatusCode::OK, &ClientView::from(client), Some(version), revision))
}
