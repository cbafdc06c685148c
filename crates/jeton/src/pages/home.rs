//! `GET /dashboard`: is anything wrong? For who may see all tokens, with all of them; for everybody, with the own ones. Counts nothing
//! itself: what is shown was counted by the overview, and each number leads to the list behind it.

mod all;
mod own;

use super::{
    Routes, error,
    frame::{Frame, Page, render},
    navigation::Place,
    visitor::Visitor,
};
use crate::{
    authority::Shared,
    http::guard::TokensRead,
    overview,
    problem::{Problem, ProblemCode},
};
use all::All;
use askama::Template;
use axum::{
    extract::State,
    response::Response,
    routing::{any, get},
};
use http::StatusCode;
use own::Own;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage<'v> {
    frame: Frame,
    name: &'v str,
    all: Option<All>,
    is_counting: bool,
    own: Own,
}

impl Page for HomePage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// What is here.
pub fn routes() -> Routes {
    Routes::default().page("/dashboard", get(show_home)).action("/dashboard/{*rest}", any(show_nothing))
}

/// `GET /dashboard`.
pub async fn show_home(State(authority): State<Shared>, visitor: Visitor) -> Response {
    match gather(&authority, &visitor).await {
        Ok(page) => render(StatusCode::OK, &page, &[]),
        Err(problem) => error::problem(&visitor, &problem),
    }
}

async fn gather<'v>(authority: &Shared, visitor: &'v Visitor) -> Result<HomePage<'v>, Problem> {
    let own = Own::gather(authority, visitor).await?;
    let found = match visitor.may::<TokensRead>() {
        true => Some(overview::overview(authority, visitor.caller.organisation()).await),
        false => None,
    };
    let (all, is_counting) = match found {
        None => (None, false),
        Some(Ok(found)) => (Some(All::of(&found, visitor, authority.now())), false),
        // What takes long to count keeps nobody from the rest of the page.
        Some(Err(problem)) if problem.status() == ProblemCode::Unavailable.told().status => (None, true),
        Some(Err(problem)) => return Err(problem),
    };
    Ok(HomePage { frame: visitor.frame("Home", Place::Home), name: visitor.user.name.as_str(), all, is_counting, own })
}

/// An address below `/dashboard` where nothing is.
pub async fn show_nothing(visitor: Visitor) -> Response {
    error::not_found(&visitor)
}
