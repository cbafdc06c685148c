//! Reading the change log: how far it is, and what came after a place.

use super::{ChangeRow, Changes, as_column, from_column, read as read_row};
use crate::{
    error::Result,
    fault::Fault,
    link::{Link, fetch_all, fetch_one, fetch_optional},
    marks::{Marks, tampered},
    store::{Store, read::read},
    writer::{Heads, HeadsRow},
};
use jeton_core::{change::Revision, limits};

impl Store {
    /// The newest place in the change log.
    pub async fn head(&self) -> Result<Revision> {
        let heads = read!(self, link => heads(link, self.marks()))?;
        let head = from_column(heads.revision);
        self.shared().saw_head(head);
        Ok(head)
    }
    /// The newest place that this process has seen, without asking the database: never ahead of what is committed.
    pub fn known_head(&self) -> Revision {
        self.shared().known_head()
    }
    /// The changes after a place, in order; `limit` of them at most.
    pub async fn changes_after(&self, after: Revision, limit: usize) -> Result<Changes> {
        let limit = i64::try_from(limit.clamp(1, limits::PAGE_MAX * 20)).unwrap_or(i64::MAX);
        let changes = read!(self, link => changes_after(link, self.marks(), after, limit))?;
        self.shared().saw_head(changes.head);
        Ok(changes)
    }
}

/// The heads, their mark checked.
pub(crate) async fn heads(link: &mut Link<'_>, marks: &Marks) -> std::result::Result<Heads, Fault> {
    let row = fetch_optional!(link, HeadsRow, "SELECT revision, audit_sequence, audit_link, mark FROM heads WHERE one = 1")?;
    Heads::read(row, marks)
}

async fn changes_after(link: &mut Link<'_>, marks: &Marks, after: Revision, limit: i64) -> std::result::Result<Changes, Fault> {
    // The head is read first: what is committed in between is then simply not yet promised.
    let head = from_column(heads(link, marks).await?.revision);
    let (oldest,) = fetch_one!(link, (Option<i64>,), "SELECT MIN(revision) FROM changes")?;
    let rows = fetch_all!(
        link,
        ChangeRow,
        "SELECT revision, at, kind, id, mark FROM changes WHERE revision > $1 ORDER BY revision LIMIT $2",
        as_column(after),
        limit,
    )?;
    let oldest = from_column(oldest.unwrap_or_else(|| as_column(head).saturating_add(1)));
    let truncated = after < head && oldest.0 > after.0.saturating_add(1);
    let mut changes = Vec::with_capacity(rows.len());
    let mut expected = if truncated { oldest.0 } else { after.0.saturating_add(1) };
    for row in rows {
        let change = read_row(row, marks)?;
        if change.revision.0 != expected && change.what != jeton_core::change::Changed::Everything {
            return Err(tampered("changes", &expected.to_string(), "it is missing from the log"));
        }
        expected = change.revision.0.saturating_add(1);
        changes.push(change);
    }
    let head = changes.last().map_or(head, |last| last.revision.max(head));
    Ok(Changes { changes, head, truncated })
}
