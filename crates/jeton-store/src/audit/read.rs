//! Reading audit events: filtered, the newest first, page by page.

use super::{AuditEvent, AuditFilter};
use crate::{
    error::{Result, StoreError},
    fault::Fault,
    link::{Link, each, fetch_all, fetch_one},
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
    /// Audit events that fit a filter, the newest first. The cursor is the sequence that the page ended at. One page looks through a
    /// bounded part of the chain: it may hold less than was asked for, or nothing, and still be followed by another.
    pub async fn audit_events(&self, filter: &AuditFilter, page: &PageRequest) -> Result<Page<AuditEvent>> {
        let limit = page.limit();
        let before = match &page.after {
            Some(cursor) => cursor.parse().map_err(|_| StoreError::BadCursor)?,
            None => read!(self, link => newest(link))?.saturating_add(1),
        };
        let from = if filter.is_indexed() { 0 } else { before.saturating_sub(limits::LIST_SCAN_MAX).max(0) };
        let mut items = read!(self, link => async {
            let rows = fitting(link, filter, from, before, limit as i64 + 1).await?;
            rows.into_iter().map(Row::read).collect::<std::result::Result<Vec<_>, Fault>>()
        })?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = match items.last() {
            Some(event) if more => Some(event.sequence),
            // Events are in the order of their instants: what lies before `since` need not be looked through.
            _ => (from > 1 && filter.reaches_below(self.instant_of(from).await?)).then_some(from),
        };
        Ok(Page { items, next: next.map(|sequence| sequence.to_string()) })
    }
    /// When the first event from a place on was.
    async fn instant_of(&self, sequence: i64) -> Result<Option<Timestamp>> {
        let events = self.audit_events_after(sequence.saturating_sub(1), 1).await?;
        Ok(events.first().map(|event| event.at))
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

async fn newest(link: &mut Link<'_>) -> std::result::Result<i64, Fault> {
    let (newest,) = fetch_one!(link, (Option<i64>,), "SELECT MAX(sequence) FROM audit_events")?;
    Ok(newest.unwrap_or_default())
}

async fn fitting(link: &mut Link<'_>, filter: &AuditFilter, from: i64, before: i64, limit: i64) -> std::result::Result<Vec<Row>, Fault> {
    let rows = each!(link, c => {
        let mut sql = sqlx::QueryBuilder::new(
            "SELECT sequence, at, organisation, actor, action, target, details, request, client_ip, link FROM audit_events WHERE sequence < ",
        );
        sql.push_bind(before).push(" AND sequence >= ").push_bind(from);
        let texts = [
            (" AND organisation = ", filter.organisation.map(|id| id.to_string())),
            (" AND actor = ", filter.actor.clone()),
            (" AND action = ", filter.action.clone()),
            (" AND target = ", filter.target.clone()),
        ];
        for (column, text) in texts {
            if let Some(text) = text {
                sql.push(column).push_bind(text);
            }
        }
        if let Some(since) = filter.since {
            sql.push(" AND at >= ").push_bind(since.as_micros());
        }
        if let Some(until) = filter.until {
            sql.push(" AND at < ").push_bind(until.as_micros());
        }
        sql.push(" ORDER BY sequence DESC LIMIT ").push_bind(limit);
        sql.build_query_as::<Row>().fetch_all(c).await
    })?;
    Ok(rows)
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
