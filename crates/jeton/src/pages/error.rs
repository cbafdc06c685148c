//! The page that says what went wrong: what happened, what to do, and, where an app sent somebody here wrongly, what its developer
//! must mend. Never says more of people or apps than that.

use super::{
    frame::{Frame, Page, render},
    navigation::Place,
    visitor::Visitor,
    words,
};
use crate::{problem::Problem, roles};
use askama::Template;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use jeton_core::{scope::Scope, timestamp::Span};

/// What went wrong.
#[derive(Clone, Debug, Default)]
pub struct Told<'t> {
    /// In a few words.
    pub heading: &'t str,
    /// What happened.
    pub what: &'t str,
    /// What the person can do.
    pub fix: &'t str,
    /// What the developer of the app must mend, where it is that.
    pub for_developers: Option<&'t str>,
    /// The code of the RFC, where there is one.
    pub code: Option<&'t str>,
    /// The name of the request in the log.
    pub request: Option<String>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'t> {
    frame: Frame,
    told: &'t Told<'t>,
}

impl Page for ErrorPage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// The page.
pub fn page(status: StatusCode, told: &Told<'_>) -> Response {
    render(status, &ErrorPage { frame: Frame::new(told.heading), told }, &[])
}

/// The page for somebody who is signed in, with the ways to the other pages.
pub fn page_for(visitor: &Visitor, status: StatusCode, told: &Told<'_>) -> Response {
    render(status, &ErrorPage { frame: visitor.frame(told.heading, Place::Elsewhere), told }, &[])
}

/// What a use case refused, where no form can show it beside its field. What it does not find has no page.
pub fn problem(visitor: &Visitor, problem: &Problem) -> Response {
    if problem.status() == StatusCode::NOT_FOUND {
        return not_found(visitor);
    }
    let request = (problem.status().is_server_error()).then(|| visitor.context.request.to_string());
    let (heading, what, fix) = (words::sentence(problem.title()), words::sentence(problem.detail()), words::sentence(problem.fix()));
    let told = Told { heading: heading.trim_end_matches('.'), what: &what, fix: &fix, request, ..Told::default() };
    let mut response = page_for(visitor, problem.status(), &told);
    if problem.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    response
}

/// Nothing of this name here, or nothing that this person may know of.
pub fn not_found(visitor: &Visitor) -> Response {
    let told = Told {
        heading: "There is no such page",
        what: "Nothing is at this address, or it belongs to somebody else.",
        fix: "Check the address, or look for it from the home page.",
        ..Told::default()
    };
    page_for(visitor, StatusCode::NOT_FOUND, &told)
}

/// What the role does not let somebody do.
pub(super) fn not_for_role(visitor: &Visitor, scopes: &[Scope]) -> Response {
    let who = scopes.first().map(|scope| words::one_of(roles::who_may(scope))).unwrap_or_default();
    let what = format!("You are signed in as {}, and this takes {who}.", words::one_of(std::iter::once(visitor.user.role)));
    let fix = "Ask somebody with that role to do it, or an owner to give you the role.";
    page_for(visitor, StatusCode::FORBIDDEN, &Told { heading: "Your role does not allow this", what: &what, fix, ..Told::default() })
}

/// What an app asked for cannot be answered, and the browser must not be sent back to it.
pub fn app_fault(code: &str, what: &str) -> Response {
    let told = Told {
        heading: "The app sent a request that cannot be answered",
        what: "You were sent here by an app, but its request is not in order. You did nothing wrong, and nothing was given to the app.",
        fix: "Go back to the app and try again. If it happens again, tell the people who make it what stands below.",
        for_developers: Some(what),
        code: Some(code),
        request: None,
    };
    page(StatusCode::BAD_REQUEST, &told)
}

/// A form of another site, or of a page that was opened too long ago.
pub fn stale_form() -> Response {
    forbidden("The page had been open for too long, or somebody signed in or out in between.")
}

/// A form that does not come from one of our own pages.
pub fn not_from_here() -> Response {
    forbidden("What was sent does not come from a page of this site.")
}

fn forbidden(what: &str) -> Response {
    let fix = "Go back, reload the page, and try again. Nothing was changed.";
    page(StatusCode::FORBIDDEN, &Told { heading: "This could not be taken", what, fix, ..Told::default() })
}

/// The session ended before the form was sent.
pub fn signed_out_meanwhile() -> Response {
    let told = Told {
        heading: "You are not signed in any more",
        what: "Your session ended before this was sent. Nothing was changed.",
        fix: "Go back to where you came from and begin again: you will be asked to sign in.",
        ..Told::default()
    };
    page(StatusCode::FORBIDDEN, &told)
}

/// A form that cannot be read.
pub fn bad_form(status: StatusCode, why: &str) -> Response {
    let fix = "Go back, reload the page, and try again.";
    page(
        status,
        &Told { heading: "The form could not be read", what: &format!("What was sent cannot be read: {why}."), fix, ..Told::default() },
    )
}

/// What cannot be done just now.
pub fn unavailable() -> Response {
    let told = Told {
        heading: "This cannot be done at present",
        what: "The server is busy or cannot reach its database. Nothing was changed.",
        fix: "Wait a moment and try again.",
        ..Told::default()
    };
    let mut response = page(StatusCode::SERVICE_UNAVAILABLE, &told);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    response
}

/// Too many attempts.
pub fn too_many(wait: Span) -> Response {
    let seconds = wait.as_seconds_up().max(1);
    let words = match seconds {
        1 => "one second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", (seconds + 59) / 60),
    };
    let what = format!("There were too many attempts that failed. The next one is taken in {words}.");
    let fix = "Wait, then go back and try again. If you forgot your password, ask who runs this server for another one.";
    let mut response = page(StatusCode::TOO_MANY_REQUESTS, &Told { heading: "Too many attempts", what: &what, fix, ..Told::default() });
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}
