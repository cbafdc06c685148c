//! `/dashboard/tokens/revoke`: what a search would revoke, the number of it to be typed, and whether it is ended at once or one by one.
//! Where many fit they are counted only when somebody asks, so that the page is there at once.

use super::{
    runs,
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
        navigation::Place,
        visitor::{Allowed, Visitor},
        words,
    },
    problem::Problem,
    revocations::RevocationRequest,
    revoke_many::{self, Extent, Preview, Why},
    token_search::TokenQuery,
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::{id::UserId, oauth::parameters::Parameters};

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
    /// Whether counting all of them is still to be asked for.
    may_count: bool,
    by_kind: Vec<(&'static str, String)>,
    /// Each subject as a part of an address and in words, with how many.
    by_subject: Vec<(String, String, String)>,
    sample: Vec<TokenRow>,
    /// What can be ended at once, in words: `everything of the subject`, and which one.
    at_once: Option<(&'static str, String)>,
    /// Whether a person stands behind the subject, who would be signed out.
    is_person: bool,
}

impl Page for RevokePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// Fields that say how, not which tokens.
const OWN: [&str; 6] = ["csrf", "typed", "reason", "comment", "how", "count"];

/// `GET /dashboard/tokens/revoke`: what would be revoked.
pub(super) async fn show_revoke(State(authority): State<Shared>, allowed: Allowed<TokensRevoke>) -> Response {
    let visitor = allowed.visitor;
    let extent = if visitor.query.find("count") == Some("all") { Extent::All } else { Extent::Some };
    let shown = match asked(&visitor.query) {
        // Nothing says which tokens: that is chosen in the list.
        Ok(query) if query.is_empty() => runs::show_runs(&authority, &visitor).await,
        Ok(query) => preview(&authority, &visitor, query, extent, Filled::with([("reason", "unused"), ("how", "at_once")])).await,
        Err(problem) => Err(problem),
    };
    shown.unwrap_or_else(|problem| error::problem(&visitor, &problem))
}

/// The search, without what belongs to the form.
fn asked(fields: &Parameters) -> Result<TokenQuery, Problem> {
    let search_alone = fields.iter().filter(|(name, _)| !OWN.contains(name)).map(|(name, value)| (name.to_owned(), value.to_owned()));
    search(&Parameters::of(search_alone).unwrap_or_default())
}

async fn preview(authority: &Shared, visitor: &Visitor, query: TokenQuery, extent: Extent, filled: Filled) -> Result<Response, Problem> {
    let Preview { sums, cut, sample } = revoke_many::preview(authority, &visitor.caller, &query, extent).await?;
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
        may_count: sums.is_partial && extent == Extent::Some,
        by_kind: sums.by_kind.into_iter().map(|(kind, count)| (words::kind(kind), words::number(count))).collect(),
        by_subject: sums.by_subject.into_iter().map(|(subject, count)| (path_part(&subject), subject, words::number(count))).collect(),
        sample: sample.into_iter().map(|detail| TokenRow::of(detail, now)).collect(),
        is_person: cut.as_ref().and_then(|cut| cut.subject.as_deref()).is_some_and(|subject| UserId::parse(subject).is_ok()),
        at_once: cut.and_then(at_once),
    };
    Ok(render(status, &page, &[]))
}

/// What a cut ends, in words, and which one.
fn at_once(cut: RevocationRequest) -> Option<(&'static str, String)> {
    let RevocationRequest { subject, client, project, .. } = cut;
    let named = [("of the subject", subject), ("of the app", client), ("of the project", project)];
    named.into_iter().find_map(|(words, named)| Some((words, named?)))
}

/// `POST /dashboard/tokens/revoke`: begins, where the number that was typed is the one that is found.
pub(super) async fn begin_revoke(State(authority): State<Shared>, form: Form) -> Response {
    let visitor = match form.visitor::<TokensRevoke>(&authority).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    let Ok(query) = asked(&form.fields) else {
        return error::bad_form(StatusCode::BAD_REQUEST, "it does not say which tokens");
    };
    let filled = Filled::again(&form.fields);
    let filled = match revoke(&authority, &visitor, &query, &form).await {
        Ok(address) => return see_other(&address),
        Err(None) => filled.faulty("typed", "must be the number of tokens that are found"),
        Err(Some(problem)) => filled.refused(&problem, &["reason", "comment"]),
    };
    preview(&authority, &visitor, query, Extent::All, filled).await.unwrap_or_else(|problem| error::problem(&visitor, &problem))
}

/// Does it as the form says, and gives the address to go on at; no problem is told where the number is not the right one.
async fn revoke(authority: &Shared, visitor: &Visitor, query: &TokenQuery, form: &Form) -> Result<String, Option<Problem>> {
    let typed: u64 = form.field("typed").trim().replace(',', "").parse().map_err(|_| None)?;
    let comment = Some(form.field("comment").to_owned()).filter(|comment| !comment.is_empty());
    let why = Why { reason: Some(form.field("reason").to_owned()), comment };
    let told = |problem: Problem| Some(problem).filter(|problem| problem.field_name() != Some("expected"));
    let caller = &visitor.caller;
    if form.field("how") == "at_once" {
        revoke_many::cut(authority, caller, query, Some(typed), why).await.map_err(told)?;
        return Ok(format!("/dashboard/tokens?{}&done=cut", query.to_query()));
    }
    let run = revoke_many::begin(authority, caller, query, Some(typed), why).await.map_err(told)?;
    // A short one is through before its page is looked at.
    let run = revoke_many::awaited(authority, caller, run.id).await.map_err(Some)?;
    Ok(format!("/dashboard/tokens/revoke/{}", run.id))
}
