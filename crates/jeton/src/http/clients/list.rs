//! `GET /v1/clients`: lists clients.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, ClientsRead},
        query::Query,
        respond,
        view::{
            client::ClientView,
            list::{List, page_request},
        },
    },
    problem::{Problem, ProblemCode},
};
use axum::{extract::State, response::Response};
use jeton_store::client::{ClientFilter, ClientSource, ClientState};
use serde::Deserialize;

/// Which clients are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// Entries on the page: 1 to 500, 50 by default.
    pub limit: Option<u32>,
    /// `pending`, `approved`, `rejected` or `suspended`.
    pub state: Option<String>,
    /// `operator`, `dynamic` or `metadata_document`.
    pub source: Option<String>,
    /// Whether something of it waits for approval.
    pub waiting: Option<bool>,
}

/// List the organisation's clients, the newest first.
#[utoipa::path(get, path = "/v1/clients", tag = "clients", security(("bearer" = ["clients:read"])), params(Wanted),
    responses((status = OK, body = List<ClientView>)))]
pub async fn list_clients(
    State(authority): State<Shared>,
    bearer: Bearer<ClientsRead>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let page = page_request(wanted.cursor, wanted.limit)?;
    let filter = ClientFilter {
        state: wanted
            .state
            .as_deref()
            .map(|text| one_of("state", ClientState::parse(text), &ClientState::ALL.map(ClientState::as_str)))
            .transpose()?,
        source: wanted
            .source
            .as_deref()
            .map(|text| one_of("source", ClientSource::parse(text), &ClientSource::ALL.map(ClientSource::as_str)))
            .transpose()?,
        waiting: wanted.waiting,
    };
    let page = authority.store.list_clients(bearer.caller.organisation(), &filter, &page).await?;
    Ok(respond::found(&List::of(page, ClientView::from)))
}

fn one_of<T>(field: &str, read: Option<T>, words: &[&str]) -> Result<T, Problem> {
    read.ok_or_else(|| Problem::new(ProblemCode::BadQuery, format!("`{field}` must be one of `{}`", words.join("`, `"))).at(field))
}
