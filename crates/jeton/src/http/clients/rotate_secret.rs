//! `POST /v1/clients/{id}/rotate-secret`: gives a client another secret.

use crate::{
    authority::Shared,
    clients::{self, RotateSecretRequest},
    http::{
        guard::{Bearer, ClientsWrite},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::client::ClientSecretView,
    },
    json::Json,
    problem::Problem,
};
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::id::ClientId;

/// Give a client another secret; the old one lives for a day, or as long as `overlap_seconds` says.
#[utoipa::path(post, path = "/v1/clients/{id}/rotate-secret", tag = "clients", security(("bearer" = ["clients:write"])),
    params(("id" = String, Path)), request_body = RotateSecretRequest, responses((status = CREATED, body = ClientSecretView)))]
pub async fn rotate_client_secret(
    State(authority): State<Shared>,
    bearer: Bearer<ClientsWrite>,
    Id(id): Id<ClientId>,
    Query(NoParameters {}): Query<NoParameters>,
    asked: Option<Json<RotateSecretRequest>>,
) -> Result<Response, Problem> {
    let asked = asked.map(|Json(asked)| asked);
    let (rotated, revision) = clients::rotate_secret(&authority, &bearer.caller, id, asked).await?;
    Ok(respond::changed(StatusCode::CREATED, &ClientSecretView::from(&rotated), None, revision))
}
