//! `GET /dashboard/approvals`: what waits, the newest first.

use crate::{
    authority::{Authority, Shared},
    http::{guard::ClientsRead, view::list::page_request},
    pages::{
        error,
        frame::{Frame, Page, render},
        instant::Instant,
        navigation::Place,
        visitor::{Allowed, Visitor},
    },
    problem::Problem,
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_store::client::{Client, ClientFilter, ClientState};

#[derive(Template)]
#[template(path = "operate/approvals.html")]
struct ApprovalsPage {
    frame: Frame,
    rows: Vec<WaitingView>,
    next: Option<String>,
}

struct WaitingView {
    id: String,
    name: String,
    what: &'static str,
    scopes: Vec<String>,
    since: Instant,
}

impl Page for ApprovalsPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// `GET /dashboard/approvals`.
pub(in crate::pages::operate) async fn show_approvals(State(authority): State<Shared>, allowed: Allowed<ClientsRead>) -> Response {
    let visitor = allowed.visitor;
    match gather(&authority, &visitor).await {
        Ok(page) => render(StatusCode::OK, &page, &[]),
        Err(problem) => error::problem(&visitor, &problem),
    }
}

async fn gather(authority: &Authority, visitor: &Visitor) -> Result<ApprovalsPage, Problem> {
    let filter = ClientFilter { waiting: Some(true), ..ClientFilter::default() };
    let page = page_request(visitor.query.find("after").map(str::to_owned), None)?;
    let found = authority.store.list_clients(visitor.caller.organisation(), &filter, &page).await?;
    Ok(ApprovalsPage {
        frame: visitor.frame("Approvals", Place::Approvals),
        rows: found.items.into_iter().map(WaitingView::from).collect(),
        next: found.next.map(|after| format!("/dashboard/approvals?after={after}")),
    })
}

impl From<Client> for WaitingView {
    fn from(client: Client) -> Self {
        let wanted = client.pending.as_ref().unwrap_or(&client.registration);
        Self {
            id: client.id.to_string(),
            what: if client.state == ClientState::Pending { "New app" } else { "Change of an approved app" },
            scopes: wanted.scopes().iter().map(ToString::to_string).collect(),
            since: client.changed_at.into(),
            name: client.name.as_str().to_owned(),
        }
    }
}
