//! `GET /dashboard`: is anything wrong?

use super::{
    frame::{Frame, Page, render},
    navigation::Place,
    visitor::Visitor,
};
use askama::Template;
use axum::response::Response;
use http::StatusCode;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage<'v> {
    frame: Frame,
    name: &'v str,
    role: &'static str,
    means: &'static str,
}

impl Page for HomePage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// `GET /dashboard`.
pub async fn show_home(visitor: Visitor) -> Response {
    let frame = visitor.frame("Home", Place::Home);
    let role = visitor.user.role;
    let (role, means) = (super::words::role(role), super::words::role_means(role));
    render(StatusCode::OK, &HomePage { frame, name: visitor.user.name.as_str(), role, means }, &[])
}

/// An address below `/dashboard` where nothing is.
pub async fn show_nothing(visitor: Visitor) -> Response {
    super::error::not_found(&visitor)
}
