//! `PATCH /v1/clients/{id}`: edits a client.

use crate::{
    authority::Shared,
    clients::{self, EditClientRequest},
    http::{
        condition,
        guard::{Bearer, ClientsWrite},
        id::Id,
        query::{NoParameters, Query},
        respond,
        view::client::{ClientView, EditedClientView},
    },
    json::Json,
    problem::Problem,
};
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use jeton_core::id::ClientId;

/// Edit a client: what is in the body replaces. More scopes, grants or addresses than before, and the policy, take `clients:approve`.
#[utoipa::path(patch, path = "/v1/clients/{id}", tag = "clients", security(("bearer" = ["clients:write"])),
    params(("id" = String, Path), ("If-Match" = Option<String>, Header, description = "the `ETag` of what was read")),
    request_body = EditClientRequest, responses((status = OK, body = EditedClientView)))]
pub async fn edit_client(
    State(authority): State<Shared>,
    bearer: Bearer<ClientsWrite>,
    Id(id): Id<ClientId>,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
    Json(asked): Json<EditClientRequest>,
) -> Result<Response, Problem> {
    let version = condition::expected_version(&headers, asked.version)?;
    let (edited, revision) = clients::edit(&authority, &bearer.caller, id, version, asked).await?;
    let version = edited.client.version;
    let client_secret = edited.secret.map(|secret| secret.as_str().to_owned());
    let view = EditedClientView { client: ClientView::from(edited.client), client_secret };
    Ok(respond::changed(StatusCode::OK, &view, Some(version), revision))
}
