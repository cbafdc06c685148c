//! `GET /dashboard/apps/mine`: the apps that a person registered.

use super::differences::kind;
use crate::{
    authority::Shared,
    own_apps::{self, AppKind},
    pages::{
        badge::Badge,
        error,
        frame::{Frame, Page, render},
        instant::Instant,
        navigation::Place,
        visitor::Visitor,
        words,
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_store::client::Client;

#[derive(Template)]
#[template(path = "app/mine.html")]
struct MinePage {
    frame: Frame,
    apps: Vec<AppCard>,
}

/// An app as one card.
pub(super) struct AppCard {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) state: Badge,
    pub(super) logo: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) has_change: bool,
    pub(super) changed: Instant,
}

impl Page for MinePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl From<&Client> for AppCard {
    fn from(client: &Client) -> Self {
        Self {
            id: client.id.to_string(),
            name: client.name.as_str().to_owned(),
            kind: kind(AppKind::of(&client.registration)),
            state: words::client_state(client.state),
            logo: own_apps::shown_logo(client),
            reason: client.reason.clone(),
            has_change: client.pending.is_some(),
            changed: Instant::from(client.changed_at),
        }
    }
}

/// `GET /dashboard/apps/mine`.
pub async fn show_mine(State(authority): State<Shared>, visitor: Visitor) -> Response {
    match own_apps::list(&authority, &visitor.caller).await {
        Ok(clients) => {
            let apps = clients.iter().map(AppCard::from).collect();
            render(StatusCode::OK, &MinePage { frame: visitor.frame("My apps", Place::MyApps), apps }, &[])
        }
        Err(problem) => error::problem(&visitor, &problem),
    }
}
