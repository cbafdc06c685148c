//! `/dashboard/audit/check`: whether the audit chain is whole, how far the check of it is, and what earlier ones found.

use super::actors::{ActorView, Actors};
use crate::{
    audit_check,
    authority::Shared,
    http::guard::AuditRead,
    pages::{
        badge::{Badge, Tone},
        chart, error,
        form::Form,
        frame::{Frame, Page, render, see_other},
        instant::Instant,
        navigation::Place,
        visitor::{Allowed, Visitor},
        words,
    },
    problem::Problem,
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use jeton_core::timestamp::Timestamp;
use jeton_store::audit_check::{AuditCheck, CheckState};

#[derive(Template)]
#[template(path = "operate/audit_check.html")]
struct CheckPage {
    frame: Frame,
    csrf: String,
    /// The newest.
    check: Option<CheckView>,
    earlier: Vec<CheckView>,
    /// Whether none is under way.
    can_begin: bool,
}

/// A check.
struct CheckView {
    badge: Badge,
    began: Instant,
    by: ActorView,
    ended: Option<Instant>,
    read: String,
    expected: String,
    share: u64,
    is_running: bool,
    found: Option<FoundView>,
    /// Why it broke off.
    why: Option<String>,
}

/// What a check found.
struct FoundView {
    events: String,
    first: Option<Instant>,
    last: Option<Instant>,
    faults: Vec<(i64, String)>,
}

impl Page for CheckPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// `GET /dashboard/audit/check`: what the last check found, or how far one is.
pub(super) async fn show_check(State(authority): State<Shared>, allowed: Allowed<AuditRead>) -> Response {
    let visitor = allowed.visitor;
    match gather(&authority, &visitor).await {
        Ok(page) => render(StatusCode::OK, &page, &[]),
        Err(problem) => error::problem(&visitor, &problem),
    }
}

async fn gather(authority: &Shared, visitor: &Visitor) -> Result<CheckPage, Problem> {
    let checks = audit_check::newest(authority, &visitor.caller).await?;
    let actors = Actors::of(authority, visitor, checks.iter().map(|check| check.began_by.as_str())).await?;
    let now = authority.now();
    let mut views = checks.into_iter().map(|check| CheckView::of(check, &actors, now));
    let check = views.next();
    let frame = visitor.frame("Check of the audit log", Place::Audit);
    let can_begin = check.as_ref().is_none_or(|check| !check.is_running);
    Ok(CheckPage { frame, csrf: visitor.csrf.clone(), check, earlier: views.collect(), can_begin })
}

/// `POST /dashboard/audit/check`: begins one.
pub(super) async fn begin_check(State(authority): State<Shared>, form: Form) -> Response {
    let visitor = match form.visitor::<AuditRead>(&authority).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    let begun = async {
        let check = audit_check::begin(&authority, &visitor.caller).await?;
        audit_check::awaited(&authority, &check).await
    };
    match begun.await {
        Ok(()) => see_other("/dashboard/audit/check"),
        Err(problem) => error::problem(&visitor, &problem),
    }
}

impl CheckView {
    fn of(check: AuditCheck, actors: &Actors, now: Timestamp) -> Self {
        let is_running = check.is_running_at(now);
        let (badge, found, why) = match check.state {
            CheckState::Running if is_running => (Badge { words: "Under way", tone: Tone::New }, None, None),
            CheckState::Running => (BROKEN_OFF, None, Some("The program that read the chain is not heard of any more.".to_owned())),
            CheckState::Failed(why) => (BROKEN_OFF, None, Some(words::sentence(&why))),
            CheckState::Done(report) => {
                let badge = match report.faults.is_empty() {
                    true => Badge { words: "Whole", tone: Tone::Good },
                    false => Badge { words: "Broken", tone: Tone::Bad },
                };
                let (first, last) = (report.first_at.map(Instant::from), report.last_at.map(Instant::from));
                (badge, Some(FoundView { events: words::number(report.events), first, last, faults: report.faults }), None)
            }
        };
        Self {
            badge,
            began: check.began_at.into(),
            by: actors.view(&check.began_by),
            ended: check.ended_at.map(Instant::from),
            read: words::number(check.read),
            expected: words::number(check.expected),
            share: chart::share(check.read, check.expected.max(1)),
            is_running,
            found,
            why,
        }
    }
}

const BROKEN_OFF: Badge = Badge { words: "Broken off", tone: Tone::Warn };
