//! `/dashboard/audit/check`: whether the audit chain is whole, and how far the check of it is.

use crate::{
    audit_check::{self, AuditCheck},
    authority::Shared,
    http::guard::AuditRead,
    pages::{
        chart, error,
        form::Form,
        frame::{Frame, Page, render, see_other},
        instant::Instant,
        navigation::Place,
        visitor::Allowed,
        words,
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;

#[derive(Template)]
#[template(path = "operate/audit_check.html")]
struct CheckPage {
    frame: Frame,
    csrf: String,
    check: Option<CheckView>,
    /// Whether none is under way.
    can_begin: bool,
}

/// A check.
struct CheckView {
    began: Instant,
    ended: Option<Instant>,
    read: String,
    expected: String,
    share: u64,
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
    match audit_check::newest(&authority, &visitor.caller) {
        Ok(check) => {
            let frame = visitor.frame("Check of the audit log", Place::Audit);
            let check = check.as_deref().map(CheckView::from);
            let can_begin = check.as_ref().is_none_or(|check| check.ended.is_some());
            let page = CheckPage { frame, csrf: visitor.csrf.clone(), check, can_begin };
            render(StatusCode::OK, &page, &[])
        }
        Err(problem) => error::problem(&visitor, &problem),
    }
}

/// `POST /dashboard/audit/check`: begins one.
pub(super) async fn begin_check(State(authority): State<Shared>, form: Form) -> Response {
    let visitor = match form.visitor::<AuditRead>(&authority).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refusal,
    };
    match audit_check::begin(&authority, &visitor.caller) {
        Ok(check) => {
            check.awaited().await;
            see_other("/dashboard/audit/check")
        }
        Err(problem) => error::problem(&visitor, &problem),
    }
}

impl From<&AuditCheck> for CheckView {
    fn from(check: &AuditCheck) -> Self {
        let now = check.progress();
        let (found, why) = match now.outcome {
            None => (None, None),
            Some(Ok(report)) => {
                let (first, last) = (report.first_at.map(Instant::from), report.last_at.map(Instant::from));
                (Some(FoundView { events: words::number(report.events), first, last, faults: report.faults }), None)
            }
            Some(Err(why)) => (None, Some(words::sentence(&why))),
        };
        Self {
            began: check.began_at.into(),
            ended: now.ended_at.map(Instant::from),
            read: words::number(now.read),
            expected: words::number(now.expected),
            share: chart::share(now.read, now.expected.max(1)),
            found,
            why,
        }
    }
}
