//! `/account`: what a person sees of the own account. So far the connected apps and the sessions; more comes with the dashboard.

pub mod apps;
pub mod sessions;

use super::{Routes, frame::see_other, visitor::Visitor};
use axum::{response::Response, routing::get};

/// What is below `/account`.
pub fn routes() -> Routes {
    Routes::default()
        .action("/account", get(show_account))
        .page("/account/apps", get(apps::show_apps).post(apps::disconnect))
        .page("/account/sessions", get(sessions::show_sessions).post(sessions::end_sessions))
}

/// `GET /account`.
pub async fn show_account(_: Visitor) -> Response {
    see_other("/account/apps")
}
