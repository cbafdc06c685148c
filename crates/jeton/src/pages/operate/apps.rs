//! `GET /dashboard/apps`: all apps of the organisation, the newest first.

use crate::{
    authority::{Authority, Shared},
    http::{guard::ClientsRead, view::list::page_request},
    pages::{
        badge::Badge,
        error,
        filled::Filled,
        frame::{Frame, Page, render},
        instant::Instant,
        navigation::Place,
        visitor::{Allowed, Visitor},
        words,
    },
    problem::Problem,
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_store::client::{Client, ClientFilter, ClientSource, ClientState};

#[derive(Template)]
#[template(path = "operate/apps.html")]
struct AppsPage {
    frame: Frame,
    filled: Filled,
    rows: Vec<AppRow>,
    next: Option<String>,
}

struct AppRow {
    id: String,
    name: String,
    state: Badge,
    is_waiting: bool,
    source: &'static str,
    client_id: String,
    registered: Instant,
}

impl Page for AppsPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

const STATES: [(&str, &str); 5] =
    [("", "Every state"), ("pending", "Waiting"), ("approved", "Approved"), ("rejected", "Rejected"), ("suspended", "Suspended")];
const SOURCES: [(&str, &str); 4] =
    [("", "Everywhere"), ("operator", "Registered here"), ("dynamic", "Registered itself"), ("metadata_document", "Its metadata document")];

/// Where an app came from, in words.
pub(super) const fn source(source: ClientSource) -> &'static str {
    match source {
        ClientSource::Operator => "Registered here",
        ClientSource::Dynamic => "Registered itself",
        ClientSource::MetadataDocument => "Its metadata document",
    }
}

/// `GET /dashboard/apps`.
pub(super) async fn show_apps(State(authority): State<Shared>, allowed: Allowed<ClientsRead>) -> Response {
    let visitor = allowed.visitor;
    match gather(&authority, &visitor).await {
        Ok(page) => render(StatusCode::OK, &page, &[]),
        Err(problem) => error::problem(&visitor, &problem),
    }
}

async fn gather(authority: &Authority, visitor: &Visitor) -> Result<AppsPage, Problem> {
    let asked = |name: &str| visitor.query.find(name).unwrap_or_default();
    let filter =
        ClientFilter { state: ClientState::parse(asked("state")), source: ClientSource::parse(asked("source")), ..ClientFilter::default() };
    let page = page_request(visitor.query.find("after").map(str::to_owned), None)?;
    let found = authority.store.list_clients(visitor.caller.organisation(), &filter, &page).await?;
    let narrowed = [("state", filter.state.map(ClientState::as_str)), ("source", filter.source.map(ClientSource::as_str))];
    let narrowed: String = narrowed.iter().filter_map(|(name, value)| Some(format!("{name}={}&", (*value)?))).collect();
    Ok(AppsPage {
        frame: visitor.frame("Apps", Place::Apps),
        filled: Filled::again(&visitor.query),
        rows: found.items.into_iter().map(AppRow::from).collect(),
        next: found.next.map(|after| format!("/dashboard/apps?{narrowed}after={after}")),
    })
}

impl From<Client> for AppRow {
    fn from(client: Client) -> Self {
        Self {
            id: client.id.to_string(),
            state: words::client_state(client.state),
            is_waiting: client.pending.is_some(),
            source: source(client.source),
            registered: client.created_at.into(),
            name: client.name.as_str().to_owned(),
            client_id: client.client_id,
        }
    }
}
