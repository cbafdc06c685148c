//! `GET /dashboard/apps/mine`: the apps that a person registered.

use super::AppCard;
use crate::{
    authority::Shared,
    own_apps,
    pages::{
        error,
        frame::{Frame, Page, render},
        navigation::Place,
        visitor::Visitor,
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;

#[derive(Template)]
#[template(path = "app/mine.html")]
struct MinePage {
    frame: Frame,
    apps: Vec<AppCard>,
}

impl Page for MinePage {
    fn frame(&self) -> &Frame {
        &self.frame
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
