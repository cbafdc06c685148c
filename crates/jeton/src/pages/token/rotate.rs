//! `GET` and `POST /dashboard/tokens/{id}/rotate`: another secret, with who still uses the old one; and
//! `/dashboard/tokens/{id}/end-overlap`: the end of the old one.

use super::{id_of, new};
use crate::{
    authority::Shared,
    own_tokens::{self, Act},
    pages::{
        confirm::{self, Question},
        error,
        filled::Filled,
        form::Form,
        frame::{Frame, Page, render, see_other},
        instant::Instant,
        navigation::Place,
        visitor::Visitor,
    },
    problem::Problem,
    rotate::{OverlapRule, RotateRequest},
    token_report,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use jeton_core::id::TokenId;
use jeton_store::token::TokenDetail;

/// The overlaps to choose from: value, words, and what they are good for.
pub const OVERLAPS: [(&str, &str, &str); 5] = [
    ("0", "Not at all: it is dead at once", "For a secret that leaked. Whoever uses the old one is refused from now on."),
    ("3600", "For an hour", "To change it by hand in one place."),
    ("86400", "For a day", ""),
    ("604800", "For a week", ""),
    ("silent", "Until nobody uses it", "It dies once it was not used for a day, after 90 days at the latest. You see who still uses it."),
];

#[derive(Template)]
#[template(path = "token/rotate.html")]
struct RotatePage<'p> {
    frame: Frame,
    id: TokenId,
    name: &'p str,
    generation: i64,
    running_until: Option<Instant>,
    used: Option<Instant>,
    filled: Filled,
    csrf: &'p str,
}

impl Page for RotatePage<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// `GET /dashboard/tokens/{id}/rotate`.
pub async fn show_rotate(State(authority): State<Shared>, Path(id): Path<String>, visitor: Visitor) -> Response {
    match open(&authority, &visitor, &id, Act::Rotate).await {
        Ok(detail) => rotate_page(&authority, &visitor, &detail, Filled::with([("overlap", "silent")]), StatusCode::OK),
        Err(answer) => answer,
    }
}

/// The token, where the visitor may do this with it; a page says why not.
pub(super) async fn open(authority: &Shared, visitor: &Visitor, id: &str, act: Act) -> Result<TokenDetail, Response> {
    let id = id_of(visitor, id)?;
    let mut detail = own_tokens::open(authority, &visitor.caller, id, act).await.map_err(|problem| error::problem(visitor, &problem))?;
    token_report::refresh(authority, &mut detail);
    Ok(detail)
}

fn rotate_page(authority: &Shared, visitor: &Visitor, detail: &TokenDetail, filled: Filled, status: StatusCode) -> Response {
    let running = detail.record.secrets.previous.map(|(_, until)| until).filter(|until| *until > authority.now());
    let page = RotatePage {
        frame: visitor.frame(format!("Rotate {}", detail.name), place_of(visitor, detail)),
        id: detail.record.id,
        name: detail.name.as_str(),
        generation: detail.generation,
        running_until: running.map(Instant::from),
        used: detail.last_use.as_ref().map(|last| Instant::from(last.at)),
        filled,
        csrf: &visitor.csrf,
    };
    render(status, &page, &[])
}

/// Where in the navigation a token stands for a visitor.
pub(super) fn place_of(visitor: &Visitor, detail: &TokenDetail) -> Place {
    if own_tokens::is_own(&visitor.caller, detail) { Place::MyTokens } else { Place::Tokens }
}

/// `POST /dashboard/tokens/{id}/rotate`: answered with the new secret, this once.
pub async fn rotate_token(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    let visitor = match form.person(&authority).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let id = match id_of(&visitor, &id) {
        Ok(id) => id,
        Err(answer) => return answer,
    };
    let generation = form.field("generation").parse().unwrap_or(0);
    let Some(asked) = asked(&form) else { return error::stale_form() };
    match own_tokens::rotate(&authority, &visitor.caller, id, generation, asked).await {
        Ok(issuance) => new::show_once(&authority, &visitor, &issuance.body, "The new secret").await,
        Err(problem) if problem.status() == StatusCode::NOT_FOUND => error::problem(&visitor, &problem),
        Err(problem) => refused(&authority, &visitor, id, &form, &problem).await,
    }
}

fn asked(form: &Form) -> Option<RotateRequest> {
    let word = form.field("overlap");
    let end_running_overlap = form.field("end_running_overlap") == "yes";
    if word == "silent" {
        return Some(RotateRequest { overlap: Some(OverlapRule::UntilSilent), end_running_overlap, ..RotateRequest::default() });
    }
    let overlap_seconds = word.parse().ok().filter(|_| OVERLAPS.iter().any(|(value, ..)| *value == word))?;
    Some(RotateRequest { overlap_seconds, end_running_overlap, ..RotateRequest::default() })
}

async fn refused(authority: &Shared, visitor: &Visitor, id: TokenId, form: &Form, problem: &Problem) -> Response {
    match own_tokens::show(authority, &visitor.caller, id).await {
        Ok(detail) => {
            let filled = Filled::again(&form.fields).refused(problem, &["overlap"]);
            rotate_page(authority, visitor, &detail, filled, problem.status())
        }
        Err(problem) => error::problem(visitor, &problem),
    }
}

/// `GET /dashboard/tokens/{id}/end-overlap`.
pub async fn ask_end_overlap(State(authority): State<Shared>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let detail = match open(&authority, &visitor, &id, Act::Rotate).await {
        Ok(detail) => detail,
        Err(answer) => return answer,
    };
    let back = format!("/dashboard/tokens/{}", detail.record.id);
    let used = detail.last_use.as_ref().and_then(|last| last.previous_secret_at).map(|at| Instant::from(at).people);
    let meaning = match used {
        Some(at) => format!("It was used last on {at}. Whoever uses it then is refused until he has the new one."),
        None => "Nobody used it since the rotation.".to_owned(),
    };
    let question = Question {
        heading: &format!("End the old secret of “{}”?", detail.name),
        meaning: &[meaning],
        action: &format!("{back}/end-overlap"),
        fields: &[],
        reasons: &[],
        with_comment: false,
        button: "End it now",
        is_danger: true,
        back: &back,
    };
    confirm::page(&visitor, place_of(&visitor, &detail), &question)
}

/// `POST /dashboard/tokens/{id}/end-overlap`.
pub async fn end_overlap(State(authority): State<Shared>, Path(id): Path<String>, form: Form) -> Response {
    let visitor = match form.person(&authority).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let id = match id_of(&visitor, &id) {
        Ok(id) => id,
        Err(answer) => return answer,
    };
    match own_tokens::end_overlap(&authority, &visitor.caller, id).await {
        Ok(_) => see_other(&format!("/dashboard/tokens/{id}?done=ended")),
        Err(problem) => error::problem(&visitor, &problem),
    }
}
