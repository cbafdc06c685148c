//! The end of a transaction: waiting rows, change log, audit events, heads.

use super::tx::{Gathered, Tx};
use crate::{
    change,
    fault::Fault,
    link::{Link, execute, insert_rows},
};
use jeton_core::change::Change;

/// The channel on which other processes are woken.
macro_rules! channel {
    () => {
        "jeton_changes"
    };
}
pub(crate) const CHANNEL: &str = channel!();

macro_rules! changes {
    () => {
        " INTO changes (revision, at, kind, id, mark) "
    };
}
macro_rules! events {
    () => {
        " INTO audit_events (sequence, at, organisation, actor, action, target, details, request, client_ip, link) "
    };
}

const MOVE_ON: &str = "UPDATE heads SET revision = $1, audit_sequence = $2, audit_link = $3, mark = $4 WHERE one = 1";
/// PostgreSQL tells listeners with the commit.
const MOVE_ON_AND_TELL: &str = concat!(
    "WITH moved AS (UPDATE heads SET revision = $1, audit_sequence = $2, audit_link = $3, mark = $4 WHERE one = 1 RETURNING revision) \
     SELECT pg_notify('",
    channel!(),
    "', revision::text) FROM moved"
);

impl Tx<'_> {
    /// Writes what has gathered. The caller commits.
    pub(super) async fn flush(&mut self) -> Result<(), Fault> {
        self.insert_waiting().await?;
        let Gathered { changes, events, .. } = &self.gathered;
        if changes.is_empty() && events.is_empty() {
            return Ok(());
        }
        let marks = &self.shared.marks;
        let rows: Vec<_> = changes
            .iter()
            .map(|change| {
                let (kind, id) = change::columns(&change.what);
                let mark = marks.mark(&change::fields(change.revision, change.at, kind, &id));
                (change::as_column(change.revision), change.at.as_micros(), kind, id, mark)
            })
            .collect();
        insert_rows!(
            &mut self.link,
            concat!("INSERT OR FAIL", changes!()),
            concat!("INSERT", changes!(), "SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bytea[])"),
            rows.as_slice(),
            |row| row.0,
            row.1,
            row.2,
            row.3.as_str(),
            row.4.as_slice(),
        )?;
        insert_rows!(
            &mut self.link,
            concat!("INSERT OR FAIL", events!()),
            concat!(
                "INSERT",
                events!(),
                "SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], \
                 $9::text[], $10::bytea[])"
            ),
            events.as_slice(),
            |event| event.sequence,
            event.at.as_micros(),
            event.organisation.map(|id| id.to_string()),
            event.actor.as_str(),
            event.action.as_str(),
            event.target.as_str(),
            event.details.as_str(),
            event.request.as_deref(),
            event.client_ip.as_deref(),
            event.link.as_slice(),
        )?;
        let mark = marks.mark(&self.heads.fields());
        let (heads, own) = (&self.heads, &mut self.link);
        let text = match own {
            Link::Postgres(_) if !changes.is_empty() => MOVE_ON_AND_TELL,
            Link::Postgres(_) | Link::Sqlite(_) => MOVE_ON,
        };
        execute!(own, text, heads.revision, heads.audit_sequence, heads.audit_link.as_slice(), mark.as_slice())?;
        Ok(())
    }
    /// The changes of this transaction, for those who follow.
    pub(super) fn into_changes(self) -> Vec<Change> {
        self.gathered.changes
    }
}
