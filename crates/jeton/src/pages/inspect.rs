//! `GET` and `POST /dashboard/inspect`: what a token says, and how a call of it would be decided. The token comes in the body alone and is
//! not in the answer: whoever wants to try another call pastes it again.

mod view;

use super::{
    Routes, error,
    filled::Filled,
    form::Form,
    frame::{Frame, Page, render},
    navigation::Place,
    visitor::Visitor,
};
use crate::{
    authority::{Authority, Shared},
    inspect,
    problem::{Problem, ProblemCode},
    verify::CallQuestion,
};
use askama::Template;
use axum::{extract::State, response::Response, routing::get};
use http::StatusCode;
use jeton_core::fault::Invalid;
use view::Found;
use zeroize::Zeroizing;

/// The fields that are shown again.
const FIELDS: [&str; 5] = ["token", "audience", "method", "path", "client_ip"];
/// Methods to choose from.
const METHODS: [(&str, &str); 7] =
    [("", "No call"), ("GET", "GET"), ("POST", "POST"), ("PUT", "PUT"), ("PATCH", "PATCH"), ("DELETE", "DELETE"), ("HEAD", "HEAD")];

#[derive(Template)]
#[template(path = "inspect.html")]
struct InspectPage<'v> {
    frame: Frame,
    csrf: &'v str,
    filled: Filled,
    apis: Vec<(String, String)>,
    methods: &'static [(&'static str, &'static str)],
    found: Option<Found>,
}

impl Page for InspectPage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// What is here.
pub fn routes() -> Routes {
    Routes::default().page("/dashboard/inspect", get(show_inspector).post(inspect_token))
}

/// `GET /dashboard/inspect`.
pub async fn show_inspector(State(authority): State<Shared>, visitor: Visitor) -> Response {
    show(&authority, &visitor, StatusCode::OK, Filled::default(), None)
}

/// `POST /dashboard/inspect`.
pub async fn inspect_token(State(authority): State<Shared>, form: Form) -> Response {
    let visitor = match form.person(&authority).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    let filled = Filled::again(&form.fields);
    match look(&authority, &visitor, &form).await {
        Ok(found) => show(&authority, &visitor, StatusCode::OK, filled, Some(found)),
        Err(problem) if problem.status() == ProblemCode::BadField.told().status => {
            show(&authority, &visitor, StatusCode::BAD_REQUEST, filled.refused(&problem, &FIELDS), None)
        }
        Err(problem) => error::problem(&visitor, &problem),
    }
}

async fn look(authority: &Authority, visitor: &Visitor, form: &Form) -> Result<Found, Problem> {
    let field = |name: &str| Some(form.field(name).trim().to_owned()).filter(|text| !text.is_empty());
    let token = Zeroizing::new(field("token").ok_or_else(|| Problem::field("token", &Invalid::new("must be pasted here")))?);
    let client_ip = field("client_ip").map(|text| text.parse()).transpose();
    let asked = CallQuestion {
        audience: field("audience").map(Into::into),
        scopes: Vec::new(),
        method: field("method").map(Into::into),
        path: field("path").map(Into::into),
        client_ip: client_ip.map_err(|_| Problem::field("client_ip", &Invalid::new("must be an IP address")))?,
    };
    let found = inspect::inspect(authority, &visitor.caller, &token, &asked).await?;
    Ok(Found::of(found, authority.now()))
}

fn show(authority: &Authority, visitor: &Visitor, status: StatusCode, filled: Filled, found: Option<Found>) -> Response {
    let mut apis = vec![(String::new(), "No API".to_owned())];
    let own = authority.gate.apis_of(visitor.caller.organisation());
    apis.extend(own.iter().map(|api| (api.audience.as_str().to_owned(), api.name.as_str().to_owned())));
    let frame = visitor.frame("Token inspector", Place::Inspector);
    render(status, &InspectPage { frame, csrf: &visitor.csrf, filled, apis, methods: &METHODS, found }, &[])
}
