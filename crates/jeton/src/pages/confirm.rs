//! The page that asks before something is done that cannot be undone easily. With a script a dialog may ask instead; the form is the
//! same.

use super::{
    frame::{Frame, Page, render},
    navigation::Place,
    visitor::Visitor,
};
use askama::Template;
use axum::response::Response;
use http::StatusCode;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question<'q> {
    /// As a question: `Revoke “ci deploy”?`.
    pub heading: &'q str,
    /// What it means, a paragraph each.
    pub meaning: &'q [String],
    /// Where the form goes.
    pub action: &'q str,
    /// Hidden fields, besides `csrf`.
    pub fields: &'q [(&'q str, &'q str)],
    /// The reasons to choose from for the field `reason`: value and words; empty where none is asked for.
    pub reasons: &'q [(&'q str, &'q str)],
    /// Whether there is a field `comment`.
    pub with_comment: bool,
    /// What the button says: `Revoke`.
    pub button: &'q str,
    /// Whether it is to be feared.
    pub is_danger: bool,
    /// Where somebody goes who does not want it.
    pub back: &'q str,
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage<'q> {
    frame: Frame,
    csrf: &'q str,
    asked: &'q Question<'q>,
}

impl Page for ConfirmPage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// The page.
pub fn page(visitor: &Visitor, here: Place, asked: &Question<'_>) -> Response {
    let frame = visitor.frame(asked.heading.trim_end_matches('?'), here);
    render(StatusCode::OK, &ConfirmPage { frame, csrf: &visitor.csrf, asked }, &[])
}

/// The page that asks before something is removed. `home` is the page that shows it; its form goes to `…/remove`.
pub fn removal(visitor: &Visitor, here: Place, name: &str, home: &str, meaning: &[String]) -> Response {
    let asked = Question {
        heading: &format!("Remove “{name}”?"),
        meaning,
        action: &format!("{home}/remove"),
        fields: &[],
        reasons: &[],
        with_comment: false,
        button: "Remove",
        is_danger: true,
        back: home,
    };
    page(visitor, here, &asked)
}
