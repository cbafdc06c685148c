//! `/dashboard/audit`: who did what, narrowed down by what stands in the address; and exported as JSON lines.

use super::actors::{ActorView, Actors};
use crate::{
    authority::{Authority, Shared},
    http::{
        guard::AuditRead,
        view::{audit::AuditEventView, list::page_request},
    },
    pages::{
        error,
        filled::Filled,
        frame::{Frame, Page, render},
        instant::Instant,
        navigation::Place,
        visitor::{Allowed, Visitor},
    },
    problem::{Problem, ProblemCode},
};
use askama::Template;
use axum::{
    body::{Body, Bytes},
    extract::State,
    response::Response,
};
use http::{HeaderValue, StatusCode, header};
use jeton_core::{limits, oauth::parameters::Parameters, timestamp::Timestamp};
use jeton_store::{
    Store, StoreError,
    audit::{AuditEvent, AuditFilter},
    page::PageRequest,
};
use url::form_urlencoded::Serializer;

#[derive(Template)]
#[template(path = "operate/audit.html")]
struct AuditPage {
    frame: Frame,
    filled: Filled,
    events: Vec<EventRow>,
    query: String,
    next: Option<String>,
}

/// An event as one row.
pub(super) struct EventRow {
    pub(super) sequence: i64,
    pub(super) at: Instant,
    pub(super) actor: ActorView,
    /// The actor as the audit names it, which is what is searched for, where the words do not say it.
    pub(super) named: Option<String>,
    pub(super) action: String,
    pub(super) target: String,
    pub(super) details: String,
    pub(super) from: String,
}

impl Page for AuditPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl EventRow {
    fn of(event: AuditEvent, actors: &Actors) -> Self {
        let actor = actors.view(&event.actor);
        Self {
            sequence: event.sequence,
            at: event.at.into(),
            named: event.actor.strip_prefix("user:").filter(|id| actor.words != *id).map(|_| event.actor.clone()),
            actor,
            action: event.action,
            target: event.target,
            details: event.details,
            from: event.client_ip.unwrap_or_default(),
        }
    }
    /// Events with the names of who did them.
    pub(super) async fn all(authority: &Authority, visitor: &Visitor, events: Vec<AuditEvent>) -> Result<Vec<Self>, Problem> {
        let actors = Actors::of(authority, visitor, events.iter().map(|event| event.actor.as_str())).await?;
        Ok(events.into_iter().map(|event| Self::of(event, &actors)).collect())
    }
}

/// Longest text that is looked for.
const TEXT_MAX: usize = limits::AUDIENCE_MAX;

/// Parts of a query: names and values.
type Named = Vec<(&'static str, String)>;

/// The filter that a query asks for, and its parts for other addresses.
fn filter(query: &Parameters, visitor: &Visitor) -> Result<(AuditFilter, Named), Problem> {
    let text = |name: &'static str| query.find(name).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let instant = |name: &'static str| {
        text(name)
            .map(|typed| day_or_instant(&typed).ok_or_else(|| bad(name, "must be a day such as `2026-11-26`, or an instant")))
            .transpose()
    };
    let named = [
        ("actor", text("actor")),
        ("action", text("action")),
        ("target", text("target")),
        ("since", text("since")),
        ("until", text("until")),
    ];
    if let Some((name, _)) =
        named.iter().find(|(_, text)| text.as_ref().is_some_and(|text| text.len() > TEXT_MAX || text.chars().any(char::is_control)))
    {
        return Err(bad(name, "is too long, or holds what cannot stand there"));
    }
    let filter = AuditFilter {
        organisation: Some(visitor.caller.organisation()),
        actor: text("actor"),
        action: text("action"),
        target: text("target"),
        since: instant("since")?,
        until: instant("until")?,
    };
    Ok((filter, named.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()))
}

fn bad(field: &str, rule: &str) -> Problem {
    Problem::new(ProblemCode::BadQuery, format!("`{field}` {rule}")).at(field)
}

/// A day by its date, in UTC, or an instant.
fn day_or_instant(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}T00:00:00Z")))
}

/// `GET /dashboard/audit`.
pub(super) async fn show_audit(State(authority): State<Shared>, allowed: Allowed<AuditRead>) -> Response {
    let visitor = allowed.visitor;
    match gather(&authority, &visitor).await {
        Ok(page) => render(StatusCode::OK, &page, &[]),
        Err(problem) => error::problem(&visitor, &problem),
    }
}

async fn gather(authority: &Authority, visitor: &Visitor) -> Result<AuditPage, Problem> {
    let filled = Filled::again(&visitor.query);
    let frame = visitor.frame("Audit log", Place::Audit);
    let (filter, pairs) = match filter(&visitor.query, visitor) {
        Ok(filter) => filter,
        Err(problem) => {
            let filled = filled.refused(&problem, &["actor", "action", "target", "since", "until"]);
            return Ok(AuditPage { frame, filled, events: Vec::new(), query: String::new(), next: None });
        }
    };
    let page = page_request(visitor.query.find("after").map(str::to_owned), None)?;
    let found = authority.store.audit_events(&filter, &page).await?;
    let query = Serializer::new(String::new()).extend_pairs(&pairs).finish();
    let next = found.next.map(|after| format!("/dashboard/audit?{}", Serializer::new(query.clone()).append_pair("after", &after).finish()));
    let events = EventRow::all(authority, visitor, found.items).await?;
    Ok(AuditPage { frame, filled, events, query, next })
}

/// `GET /dashboard/audit/export`: the same as JSON lines, the newest first, as a download that is made while it is read.
pub(super) async fn export_audit(State(authority): State<Shared>, allowed: Allowed<AuditRead>) -> Response {
    let visitor = allowed.visitor;
    let filter = match filter(&visitor.query, &visitor) {
        Ok((filter, _)) => filter,
        Err(problem) => return error::problem(&visitor, &problem),
    };
    let mut response = Response::new(Body::from_stream(lines(authority.store.clone(), filter)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/jsonl"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"audit.jsonl\""));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The events that fit, a page of the store's at a time.
fn lines(store: Store, filter: AuditFilter) -> impl futures_util::Stream<Item = Result<Bytes, StoreError>> {
    futures_util::stream::try_unfold(Some(None::<String>), move |at| {
        let (store, filter) = (store.clone(), filter.clone());
        async move {
            let Some(after) = at else { return Ok(None) };
            let page = store.audit_events(&filter, &PageRequest { after, limit: limits::PAGE_MAX }).await?;
            let mut text = Vec::new();
            for event in page.items {
                if serde_json::to_writer(&mut text, &AuditEventView::from(event)).is_ok() {
                    text.push(b'\n');
                }
            }
            Ok(Some((Bytes::from(text), page.next.map(Some))))
        }
    })
}
