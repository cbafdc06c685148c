//! `POST /v1/clients/{id}/suspend`: suspends a client and all of its tokens.

use crate::{
    authority::Shared,
    clients::{self, SuspendClientRequest},
    http::{
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
use http::StatusCode;
use jeton_core::id::ClientId;

/// Suspend a client; all of its tokens are suspended with it, at once.
#[utoipa::path(post, path = "/v1/clients/{id}/suspend", tag = "clients", security(("bearer" = ["clients:approve"])),
    params(("id" = String, Path)), request_body = SuspendClientRequest, responses((status = OK, body = ClientView)))]
pub async fn suspend_client(
    State(authority): State<Shared>,
    bearer: Bearer<ClientsApprove>,
    Id(id): Id<ClientId>,
    Query(NoParameters {}): Query<NoParameters>,
    asked: Option<Json<SuspendClientRequest>>,
) -> Result<Response, Problem> {
    let asked = asked.map(|Json(asked)| asked).unwrap_or_default();
    let (client, revision) = clients::suspend(&authority, &bearer.caller, id, asked).await?;
    let version = client.version;
    Ok(respond::changed(StatusCode::OK, &ClientView::from(client), Some(version), revision))
}
