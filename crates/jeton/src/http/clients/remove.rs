//! `DELETE /v1/clients/{id}`: removes a client.

use crate::{
    authority::Shared,
    clients,
    http::{
        guard::{Bearer, ClientsWrite},
        id::Id,
        query::{NoParameters, Query},
        respond,
    },
    problem::Problem,
};
use axum::{extract::State, response::Response};
use jeton_core::id::ClientId;

/// Remove a client; all of its tokens die with it.
#[utoipa::path(delete, path = "/v1/clients/{id}", tag = "clients", security(("bearer" = ["clients:write"])), params(("id" = String, Path)),
    responses((status = NO_CONTENT)))]
pub async fn remove_client(
    State(authority): State<Shared>,
    bearer: Bearer<ClientsWrite>,
    Id(id): Id<ClientId>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    Ok(respond::removed(clients::remove(&authority, &bearer.caller, id).await?))
}
