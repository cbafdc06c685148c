//! `GET /dashboard/decisions` and `/dashboard/decisions/{id}`: why a call was refused, looked up by the id that the refusal carried.

use super::detail::RefusalLine;
use crate::{
    authority::Shared,
    decision::{self, Told},
    pages::{
        error,
        filled::Filled,
        frame::{Frame, Page, render, see_other},
        navigation::Place,
        visitor::Visitor,
    },
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use jeton_core::id::DecisionId;

#[derive(Template)]
#[template(path = "token/decisions.html")]
struct FindPage {
    frame: Frame,
    filled: Filled,
}

#[derive(Template)]
#[template(path = "token/decision.html")]
struct DecisionPage {
    frame: Frame,
    refusal: RefusalLine,
    token: Option<String>,
    audience: String,
}

impl Page for FindPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Page for DecisionPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// `GET /dashboard/decisions`: the field for the id; with one in the query, on to its page.
pub async fn find_decision(visitor: Visitor) -> Response {
    let typed = visitor.query.find("id").unwrap_or_default().trim();
    let frame = visitor.frame("Why was a call refused?", Place::MyTokens);
    if typed.is_empty() {
        return render(StatusCode::OK, &FindPage { frame, filled: Filled::default() }, &[]);
    }
    match DecisionId::parse(typed) {
        Ok(id) => see_other(&format!("/dashboard/decisions/{id}")),
        Err(rule) => {
            let shown: String = typed.chars().take(SHOWN).collect();
            let filled = Filled::with([("id", shown.as_str())]).faulty("id", rule.to_string());
            render(StatusCode::BAD_REQUEST, &FindPage { frame, filled }, &[])
        }
    }
}

/// Characters of a mistyped id that are shown again.
const SHOWN: usize = 40;

/// `GET /dashboard/decisions/{id}`.
pub async fn show_decision(State(authority): State<Shared>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let Ok(id) = DecisionId::parse(&id) else { return error::not_found(&visitor) };
    match decision::find(&authority, &visitor.caller, id).await {
        Ok(Told { row, fix }) => {
            let page = DecisionPage {
                frame: visitor.frame("Why a call was refused", Place::MyTokens),
                refusal: RefusalLine::of(&row, &fix),
                token: row.token.map(|id| id.to_string()),
                audience: row.audience.clone().unwrap_or_default(),
            };
            render(StatusCode::OK, &page, &[])
        }
        Err(problem) => error::problem(&visitor, &problem),
    }
}
