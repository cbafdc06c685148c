//! `GET /dashboard/subjects/{subject}`: everything about whom tokens speak for: the tokens, what apps were let have, sessions, and what
//! was done.

use super::{audit::EventRow, token_row::TokenRow};
use crate::{
    authority::{Authority, Shared},
    http::guard::{AuditRead, ClientsRead, TokensRead, TokensRevoke, UsersRead},
    pages::{
        error,
        frame::{Frame, Page, render},
        instant::Instant,
        navigation::Place,
        token::RefusedCall,
        visitor::{Allowed, Visitor},
        words,
    },
    problem::Problem,
    session,
    token_search::TokenQuery,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use jeton_core::{id::UserId, limits, name::Subject, timestamp::Span};
use jeton_store::{StoreError, audit::AuditFilter, page::PageRequest, token::TokenFilter, user::User};

#[derive(Template)]
#[template(path = "operate/subject.html")]
struct SubjectPage {
    frame: Frame,
    /// The person's name, or the subject.
    title: String,
    lead: String,
    person: Option<PersonView>,
    query: String,
    alive: String,
    used: String,
    rows: Vec<TokenRow>,
    has_more: bool,
    refusals: Vec<RefusedCall>,
    consents: Vec<(String, String, Instant)>,
    sessions: Vec<(String, Instant)>,
    events: Vec<EventRow>,
    may_revoke: bool,
    may_see_events: bool,
    may_see_apps: bool,
}

struct PersonView {
    id: String,
    name: String,
    role: &'static str,
    disabled: bool,
}

impl Page for SubjectPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// What each part of the page shows at most.
const SOME: usize = 20;
/// Refusals of the newest tokens that are shown.
const REFUSALS: usize = 10;

/// `GET /dashboard/subjects/{subject}`.
pub(super) async fn show_subject(State(authority): State<Shared>, allowed: Allowed<TokensRead>, Path(subject): Path<String>) -> Response {
    let visitor = allowed.visitor;
    let Ok(subject) = Subject::parse(&subject) else { return error::not_found(&visitor) };
    match gather(&authority, &visitor, &subject).await {
        Ok(Some(page)) => render(StatusCode::OK, &page, &[]),
        Ok(None) => error::not_found(&visitor),
        Err(problem) => error::problem(&visitor, &problem),
    }
}

async fn gather(authority: &Authority, visitor: &Visitor, subject: &Subject) -> Result<Option<SubjectPage>, Problem> {
    let (now, organisation, store) = (authority.now(), visitor.caller.organisation(), &authority.store);
    let some = PageRequest { after: None, limit: SOME };
    let user = match UserId::parse(subject.as_str()) {
        Ok(id) => match store.show_user(organisation, id).await {
            Ok(user) => Some(user),
            // Another organisation's person is nobody here.
            Err(StoreError::NotFound(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        },
        Err(_) => None,
    };
    let search = TokenQuery { subject: Some(subject.clone()), ..TokenQuery::default() };
    let filter = search.filter(now)?;
    let newest = PageRequest { after: None, limit: limits::PAGE_MAX };
    let found = store.list_tokens(organisation, &filter, &newest).await?;
    let ids: Vec<_> = found.items.iter().map(|detail| detail.record.id).collect();
    let refusals = store.newest_refusals(&ids, REFUSALS).await?;
    let alive = TokenFilter { state_not: Some(jeton_core::facts::TokenState::Revoked), expired_at: Some((false, now)), ..filter };
    let sums = store.sum_tokens_within(organisation, &alive, now.minus(Span::from_hours(24)), limits::MENTIONED_SCAN_MAX).await?;
    let at_least = |count: u64| if sums.is_partial { format!("at least {}", words::number(count)) } else { words::number(count) };
    let may_see_events = visitor.may::<AuditRead>();
    let events = if may_see_events {
        let filter = AuditFilter { organisation: Some(organisation), target: Some(subject.as_str().to_owned()), ..AuditFilter::default() };
        EventRow::all(authority, visitor, store.audit_events(&filter, &some).await?.items).await?
    } else {
        Vec::new()
    };
    let (consents, sessions) = match user.as_ref().filter(|_| visitor.may::<UsersRead>()) {
        Some(user) => (consents(authority, user, &some).await?, sessions(authority, user, &some).await?),
        None => (Vec::new(), Vec::new()),
    };
    Ok(Some(SubjectPage {
        frame: visitor.frame(format!("Subject {subject}"), Place::Tokens),
        title: user.as_ref().map_or(subject.as_str(), |user| user.name.as_str()).to_owned(),
        lead: match &user {
            Some(_) => format!("Everything about the tokens that speak for {subject}."),
            None => "Everything about whom these tokens speak for.".to_owned(),
        },
        person: user.map(PersonView::from),
        query: search.to_query(),
        alive: at_least(sums.count),
        used: at_least(sums.used),
        refusals: refusals.iter().map(|row| RefusedCall::of(row, &found.items)).collect(),
        has_more: found.items.len() > SOME || found.next.is_some(),
        rows: found.items.into_iter().take(SOME).map(|detail| TokenRow::of(detail, now)).collect(),
        consents,
        sessions,
        events,
        may_revoke: visitor.may::<TokensRevoke>(),
        may_see_events,
        may_see_apps: visitor.may::<ClientsRead>(),
    }))
}

/// Apps that a person let have something: ids, names and instants.
async fn consents(authority: &Authority, user: &User, some: &PageRequest) -> Result<Vec<(String, String, Instant)>, Problem> {
    let mut all = Vec::new();
    for consent in authority.store.list_consents(user.id, some.clone()).await?.items {
        let name = match authority.store.show_client(user.organisation, consent.client).await {
            Ok(client) => client.name.as_str().to_owned(),
            Err(StoreError::NotFound(_)) => consent.client.to_string(),
            Err(error) => return Err(error.into()),
        };
        all.push((consent.client.to_string(), name, consent.changed_at.into()));
    }
    Ok(all)
}

async fn sessions(authority: &Authority, user: &User, some: &PageRequest) -> Result<Vec<(String, Instant)>, Problem> {
    let page = authority.store.list_sessions_at(user.id, authority.now(), session::limits(authority), some.clone()).await?;
    let from = |ip: Option<String>| ip.unwrap_or_else(|| "an unknown address".to_owned());
    Ok(page.items.into_iter().map(|own| (from(own.client_ip), own.seen_at.into())).collect())
}

impl From<User> for PersonView {
    fn from(user: User) -> Self {
        Self { id: user.id.to_string(), name: user.name.as_str().to_owned(), role: words::role(user.role), disabled: user.disabled }
    }
}
