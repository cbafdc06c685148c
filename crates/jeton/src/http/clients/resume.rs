//! `POST /v1/clients/{id}/resume`: ends a suspension.

use crate::{
    authority::Shared,
    clients,
    http::{
        guard::{Bearer, ClientsApprove},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::client::ClientView,
    },
    json::{Json, Nothing},
    problem::Problem,
};
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::id::ClientId;

/// End the suspension of a client.
#[utoipa::path(post, path = "/v1/clients/{id}/resume", tag = "clients", security(("bearer" = ["clients:approve"])),
    params(("id" = String, Path)), responses((status = OK, body = ClientView)))]
pub async fn resume_client(
    State(authority): State<Shared>,
    bearer: Bearer<ClientsApprove>,
    Id(id): Id<ClientId>,
    Query(NoParameters {}): Query<NoParameters>,
    _: Option<Json<Nothing>>,
) -> Result<Response, Problem> {
    let (client, revision) = clients::resume(&authority, &bearer.caller, id).await?;
    let version = client.version;
    Ok(respond::changed(StatusCode::OK, &ClientView::from(client), Some(version), revision))
}
