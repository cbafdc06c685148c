//! The answer to an authorization request as a form that the browser posts to the app (OAuth 2.0 Form Post Response Mode): at once
//! with a script, by a button without.

use super::frame::{Frame, Page, render};
use askama::Template;
use axum::response::Response;
use http::StatusCode;

#[derive(Template)]
#[template(path = "form_post.html")]
struct FormPostPage<'a> {
    frame: Frame,
    action: &'a str,
    fields: &'a [(&'a str, &'a str)],
}

impl Page for FormPostPage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// The page that posts `fields` to a registered address.
pub fn page(action: &str, fields: &[(&str, &str)]) -> Response {
    let frame = Frame::new("Going back to the app").scripted();
    render(StatusCode::OK, &FormPostPage { frame, action, fields }, &[action])
}
