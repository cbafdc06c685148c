//! `GET /dashboard/verifiers`: who decides on tokens, and how far each is.

use crate::{
    authority::{Authority, Shared},
    http::{guard::VerifiersRead, organisations},
    pages::{
        badge::{Badge, Tone},
        error,
        frame::{Frame, Page, render},
        navigation::Place,
        visitor::{Allowed, Visitor},
    },
    problem::Problem,
    verifiers::VerifierView,
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;

#[derive(Template)]
#[template(path = "operate/verifiers.html")]
struct VerifiersPage {
    frame: Frame,
    head: u64,
    rows: Vec<Row>,
}

struct Row {
    own: VerifierView,
    standing: Badge,
}

impl Page for VerifiersPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

fn standing(word: &str) -> Badge {
    let (words, tone) = match word {
        "current" => ("Current", Tone::Good),
        "behind" => ("Behind", Tone::Warn),
        _ => ("Silent", Tone::Bad),
    };
    Badge { words, tone }
}

/// `GET /dashboard/verifiers`.
pub(super) async fn show_verifiers(State(authority): State<Shared>, allowed: Allowed<VerifiersRead>) -> Response {
    let visitor = allowed.visitor;
    match gather(&authority, &visitor).await {
        Ok(page) => render(StatusCode::OK, &page, &[]),
        Err(problem) => error::problem(&visitor, &problem),
    }
}

async fn gather(authority: &Authority, visitor: &Visitor) -> Result<VerifiersPage, Problem> {
    organisations::only_main(authority, &visitor.caller)?;
    let head = authority.store.head().await?;
    let rows = authority.verifiers.list(head).into_iter().map(|own| Row { standing: standing(own.standing), own });
    Ok(VerifiersPage { frame: visitor.frame("Verifiers", Place::Verifiers), head: head.0, rows: rows.collect() })
}
