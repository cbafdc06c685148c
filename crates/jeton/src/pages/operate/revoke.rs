//! `/dashboard/tokens/revoke`: what a search would revoke, the number of it to be typed, and how far the run is.

use super::{
    token_row::{TokenRow, path_part},
    tokens::search,
};
use crate::{
    authority::Shared,
    http::guard::TokensRevoke,
    pages::{
        error,
        filled::Filled,
        form::Form,
        frame::{Frame, Page, render, see_other},
        instant::Instant,
        navigation::Place,
        visitor::{Allowed, Visitor},
        words,
    },
    problem::Problem,
    revoke_many::{self, Preview, Run, RunState, Why},
    token_search::TokenQuery,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use jeton_core::id::RequestId;

#[derive(Template)]
#[template(path = "operate/revoke.html")]
struct RevokePage {
    frame: Frame,
    csrf: String,
    filled: Filled,
    /// What narrows the search: names and values, for the form.
    pairs: Vec<(&'static str, String)>,
    query: String,
    count: String,
    number: u64,
    used: String,
    is_partial: bool,
    by_kind: Vec<(&'static str, String)>,
    /// Each subject as a part of an address and in words, with how many.
    by_subject: Vec<(String, String, String)>,
    sample: Vec<TokenRow>,
}

#[derive(Template)]
#[template(path = "operate/revoking.html")]
struct RunPage {
    frame: Frame,
    query: String,
    state: &'static str,
    why: Option<String>,
    is_running: bool,
    revoked: String,
    found: String,
    share: u64,
    began: Instant,
    ended: Option<Instant>,
}

impl Page for RevokePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Page for RunPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

const REASONS: [(&str, &str); 5] = [
    ("unused", "No longer used"),
    ("leaked", "Leaked, or may have"),
    ("owner_left", "Who held them has left"),
    ("replaced", "Replaced by others"),
    ("other", "Something else"),
];

/// `GET /dashboard/tokens/revoke`: what would be revoked.
pub(super) async fn show_revoke(State(authority): State<Shared>, allowed: Allowed<TokensRevoke>) -> Response {
    let visitor = allowed.visitor;
    let asked = search(&visitor.query);
    let shown = match asked {
        // Nothing says which tokens: that is chosen in the list.
        Ok(query) if query.is_empty() => return see_other("/dashboard/tokens"),
        Ok(query) => preview(&authority, &visitor, query, Filled::with([("reason", "unused")])).await,
        Err(problem) => Err(problem),
    };
    shown.unwrap_or_else(|problem| error::problem(&visitor, &problem))
}

async fn preview(authority: &Shared, visitor: &Visitor, query: TokenQuery, filled: Filled) -> Result<Response, Problem> {
    let Preview { sums, sample } = revoke_many::preview(authority, &visitor.caller, &query).await?;
    let now = authority.now();
    let status = if filled.is_refused() { StatusCode::CONFLICT } else { StatusCode::OK };
    let page = RevokePage {
        frame: visitor.frame("Revoke tokens", Place::Tokens),
        csrf: visitor.csrf.clone(),
        filled,
        query: query.to_query(),
        pairs: query.pairs(),
        count: words::number(sums.count),
        number: sums.count,
        used: words::number(sums.used),
        is_partial: sums.is_partial,
        by_kind: sums.by_kind.into_iter().map(|(kind, count)| (words::kind(kind), words::number(count))).collect(),
        by_subject: sums.by_subject.into_iter().map(|(subject, count)| (path_part(&subject), subject, words::number(count))).collect(),
        sample: sample.into_iter().map(|detail| TokenRow::of(detail, now)).collect(),
    };
    Ok(render(status, &page, &[]))
}

/// `POST /dashboard/tokens/revoke`: begins, where the number that was typed is the one that is found.
pub(super) async fn begin_revoke(State(authority): State<Shared>, form: Form) -> Response {
    let visitor = match form.visitor::<TokensRevoke>(&authority).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    let own = ["csrf", "typed", "reason", "comment"];
    let asked = jeton_core::oauth::parameters::Parameters::of(
        form.fields.iter().filter(|(name, _)| !own.contains(name)).map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let Ok(query) = search(&asked.unwrap_or_default()) else {
        return error::bad_form(StatusCode::BAD_REQUEST, "it does not say which tokens");
    };
    let filled = Filled::again(&form.fields);
    let Ok(typed) = form.field("typed").trim().replace(',', "").parse::<u64>() else {
        let filled = filled.faulty("typed", "must be the number of tokens that are found");
        return preview(&authority, &visitor, query, filled).await.unwrap_or_else(|problem| error::problem(&visitor, &problem));
    };
    let comment = Some(form.field("comment").to_owned()).filter(|comment| !comment.is_empty());
    let why = Why { reason: Some(form.field("reason").to_owned()), comment };
    match revoke_many::begin(&authority, &visitor.caller, &query, Some(typed), why).await {
        Ok(run) => see_other(&format!("/dashboard/tokens/revoke/{}", run.id)),
        Err(problem) => {
            let filled = match problem.field_name() {
                Some("expected") => filled.faulty("typed", "must be the number of tokens that are found"),
                _ => filled.refused(&problem, &["reason", "comment"]),
            };
            preview(&authority, &visitor, query, filled).await.unwrap_or_else(|problem| error::problem(&visitor, &problem))
        }
    }
}

/// `GET /dashboard/tokens/revoke/{run}`: how far it is.
pub(super) async fn show_run(State(authority): State<Shared>, allowed: Allowed<TokensRevoke>, Path(id): Path<String>) -> Response {
    let visitor = allowed.visitor;
    let run = RequestId::parse(&id).ok().and_then(|id| revoke_many::show(&authority, &visitor.caller, id).ok());
    match run {
        Some(run) => render(StatusCode::OK, &RunPage::of(&visitor, &run), &[]),
        None => error::not_found(&visitor),
    }
}

impl RunPage {
    fn of(visitor: &Visitor, run: &Run) -> Self {
        let now = run.now();
        let (state, why) = match &now.state {
            RunState::Running => ("Under way", None),
            RunState::Done => ("Done", None),
            RunState::Failed(why) => ("Broken off", Some(why.clone())),
        };
        Self {
            frame: visitor.frame("Revoking tokens", Place::Tokens),
            query: run.search.clone(),
            state,
            why,
            is_running: now.state == RunState::Running,
            revoked: words::number(now.revoked),
            found: words::number(run.found),
            share: crate::pages::chart::share(now.revoked, run.found.max(1)),
            began: run.began_at.into(),
            ended: now.ended_at.map(Instant::from),
        }
    }
}
