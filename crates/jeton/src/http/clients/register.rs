//! `POST /v1/clients`: registers a client.

use crate::{
    authority::Shared,
    clients::{self, RegisterClientRequest},
    http::{
        guard::{Bearer, ClientsWrite},
        query::{NoParameters, Query},
        respond,
    },
    json::Json,
    problem::Problem,
};
use axum::{extract::State, response::Response};
use http::StatusCode;

/// Register a client. The answer is that of RFC 7591, with the secret this once.
#[utoipa::path(post, path = "/v1/clients", tag = "clients", security(("bearer" = ["clients:write"])), request_body = RegisterClientRequest,
    responses((status = CREATED, body = Object, description = "the client information response of RFC 7591, section 3.2.1")))]
pub async fn register_client(
    State(authority): State<Shared>,
    bearer: Bearer<ClientsWrite>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(asked): Json<RegisterClientRequest>,
) -> Result<Response, Problem> {
    let (registered, revision) = clients::register(&authority, &bearer.caller, asked).await?;
    let version = registered.client.version;
    let body = registered.body(&authority.config.issuer);
    Ok(respond::changed(StatusCode::CREATED, &body, Some(version), revision))
}
