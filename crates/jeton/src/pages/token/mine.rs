//! `GET /dashboard/tokens/mine`: a person's own tokens.

use super::line::TokenLine;
use crate::{
    authority::Shared,
    own_tokens,
    pages::{
        error,
        frame::{Frame, Page, render},
        navigation::Place,
        visitor::Visitor,
    },
    token_report,
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_store::page::PageRequest;

#[derive(Template)]
#[template(path = "token/mine.html")]
struct MinePage {
    frame: Frame,
    tokens: Vec<TokenLine>,
    next: Option<String>,
    is_first: bool,
}

impl Page for MinePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// `GET /dashboard/tokens/mine`.
pub async fn show_mine(State(authority): State<Shared>, visitor: Visitor) -> Response {
    let after = visitor.query.find("after").map(str::to_owned);
    let is_first = after.is_none();
    let page = match own_tokens::list(&authority, &visitor.caller, &PageRequest { after, limit: 0 }).await {
        Ok(page) => page,
        Err(problem) => return error::problem(&visitor, &problem),
    };
    let now = authority.now();
    let line = |mut detail| {
        token_report::refresh(&authority, &mut detail);
        TokenLine::of(&detail, now)
    };
    let next = page.next.map(|next| format!("/dashboard/tokens/mine?after={next}"));
    let tokens = page.items.into_iter().map(line).collect();
    let frame = visitor.frame("My tokens", Place::MyTokens);
    render(StatusCode::OK, &MinePage { frame, tokens, next, is_first }, &[])
}
