//! Reading audit events: filtered, the newest first, page by page.

use super::{AuditEvent, AuditFilter};
use crate::{
    error::{Result, StoreError},
    fault::Fault,
    link::{Link, fetch_all},
    marks::{Marks, tampered},
    page::{Page, PageRequest},
    row::row,
    store::{Store, read::read},
};
use jeton_core::{id::OrganisationId, limits, timestamp::Timestamp};

row! {
    /// An event as it lies in the table.
    pub(super) struct Row {
        pub(super) sequence: i64,
        at: i64,
        organisation: Option<String>,
        actor: String,
        action: String,
        target: String,
        details: String,
        request: Option<String>,
        client_ip: Option<String>,
        link: Vec<u8>,
    }
}

impl Row {
    /// The event; not yet proved by the chain.
    pub(super) fn read(self) -> std::result::Result<AuditEvent, Fault> {
        let organisation = self.organisation.as_deref().map(OrganisationId::parse).transpose();
        Ok(AuditEvent {
            sequence: self.sequence,
            at: Timestamp::from_micros(self.at),
            organisation: organisation.map_err(|_| tampered("audit_events", &self.sequence.to_string(), "its organisation is none"))?,
            actor: self.actor,
            action: self.action,
            target: self.target,
            details: self.details,
            request: self.request,
            client_ip: self.client_ip,
            link: self.link,
        })
    }
}

impl Store {
    /// Audit events that fit a filter, the newest first. The cursor is the sequence of the last one on the page.
    pub async fn audit_events(&self, filter: &AuditFilter, page: &PageRequest) -> Result<Page<AuditEvent>> {
        let limit = page.limit.clamp(1, limits::PAGE_MAX);
        let before = match &page.after {
            Some(cursor) => cursor.parse().map_err(|_| StoreError::BadCursor)?,
            None => i64::MAX,
        };
        let mut items = read!(self, link => async {
            let rows = fitting(link, filter, before, limit as i64 + 1).await?;
            rows.into_iter().map(Row::read).collect::<std::result::Result<Vec<_>, Fault>>()
        })?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(|event| event.sequence.to_string()) } else { None };
        Ok(Page { items, next })
    }
    /// What happened to one thing of an organisation, the newest first.
    pub async fn audit_events_of(&self, organisation: OrganisationId, target: &str, limit: usize) -> Result<Vec<AuditEvent>> {
        let limit = limit.clamp(1, limits::PAGE_MAX) as i64;
        let find = "SELECT sequence, at, organisation, actor, action, target, details, request, client_ip, link FROM audit_events \
                    WHERE target = $1 AND organisation = $2 ORDER BY sequence DESC LIMIT $3";
        read!(self, link => async {
            let rows = fetch_all!(link, Row, find, target, organisation.to_string(), limit)?;
            rows.into_iter().map(Row::read).collect::<std::result::Result<Vec<_>, Fault>>()
        })
    }
    /// Audit events after a place, the oldest first: for following the chain and for exports.
    pub async fn audit_events_after(&self, sequence: i64, limit: usize) -> Result<Vec<AuditEvent>> {
        read!(self, link => async {
            let rows = following(link, sequence, limit.clamp(1, limits::PAGE_MAX) as i64).await?;
            rows.into_iter().map(Row::read).collect::<std::result::Result<Vec<_>, Fault>>()
        })
    }
}

async fn fitting(link: &mut Link<'_>, filter: &AuditFilter, before: i64, limit: i64) -> std::result::Result<Vec<Row>, Fault> {
    let find = "SELECT sequence, at, organisation, actor, action, target, details, request, client_ip, link FROM audit_events \
                WHERE sequence < $1 AND ($2 IS NULL OR organisation = $2) AND ($3 IS NULL OR actor = $3) \
                AND ($4 IS NULL OR action = $4) AND ($5 IS NULL OR target = $5) AND at >= $6 AND at < $7 \
                ORDER BY sequence DESC LIMIT $8";
    Ok(fetch_all!(
        link,
        Row,
        find,
        before,
        filter.organisation.map(|id| id.to_string()),
        filter.actor.as_deref(),
        filter.action.as_deref(),
        filter.target.as_deref(),
        filter.since.map_or(i64::MIN, Timestamp::as_micros),
        filter.until.map_or(i64::MAX, Timestamp::as_micros),
        limit,
    )?)
}

/// The rows after a place, in order.
pub(super) async fn following(link: &mut Link<'_>, after: i64, limit: i64) -> std::result::Result<Vec<Row>, Fault> {
    let find = "SELECT sequence, at, organisation, actor, action, target, details, request, client_ip, link FROM audit_events \
                WHERE sequence > $1 ORDER BY sequence LIMIT $2";
    Ok(fetch_all!(link, Row, find, after, limit)?)
}

/// The link of the event at a place, where it stands there and follows on the event before it.
pub(crate) async fn proved_link(link: &mut Link<'_>, marks: &Marks, sequence: i64) -> std::result::Result<Option<Vec<u8>>, Fault> {
    let mut before = Vec::new();
    for row in following(link, sequence.saturating_sub(2), 2).await? {
        let Ok(event) = row.read() else { return Ok(None) };
        if event.sequence == sequence {
            let proved = marks.audit.check(&event.fields(&before), &event.link).is_ok();
            return Ok(proved.then_some(event.link));
        }
        before = event.link;
    }
    Ok(None)
}
