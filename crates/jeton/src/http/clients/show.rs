//! `GET /v1/clients/{id}`: shows a client.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, ClientsRead},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::client::ClientView,
    },
    problem::Problem,
};
use axum::{extract::State, response::Response};
use jeton_core::id::ClientId;

/// Show a client.
#[utoipa::path(get, path = "/v1/clients/{id}", tag = "clients", security(("bearer" = ["clients:read"])), params(("id" = String, Path)),
    responses((status = OK, body = ClientView)))]
pub async fn show_client(
    State(authority): State<Shared>,
    bearer: Bearer<ClientsRead>,
    Id(id): Id<ClientId>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    let client = authority.store.show_client(bearer.caller.organisation(), id).await?;
    let version = client.version;
    Ok(respond::found_at(&ClientView::from(client), version))
}
