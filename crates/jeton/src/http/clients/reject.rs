//! `POST /v1/clients/{id}/reject`: rejects a registration, or a change of one.

use crate::{
    authority::Shared,
    clients::{self, RejectClientRequest},
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

/// Reject what waits of a client: its registration, or a change of it.
#[utoipa::path(post, path = "/v1/clients/{id}/reject", tag = "clients", security(("bearer" = ["clients:approve"])),
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "the `ETag` of what was read")),
    request_body = RejectClientRequest, responses((status = OK, body = ClientView)))]
pub async fn reject_client(
    State(authority): State<Shared>,
    bearer: Bearer<ClientsApprove>,
    Id(id): Id<ClientId>,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
    Json(asked): Json<RejectClientRequest>,
) -> Result<Response, Problem> {
    let version = condition::expected_version(&headers, asked.version)?;
    let (client, revision) = clients::reject(&authority, &bearer.caller, id, version, asked).await?;
    let version = client.version;
    Ok(respond::changed(StatusCode::OK, &ClientView::from(client), Some(version), revision))
}
