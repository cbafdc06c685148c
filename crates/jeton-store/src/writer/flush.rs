//! The end of a transaction: change log, audit events, heads, journal, commit.

use super::tx::{Gathered, Tx};
use crate::{
    change,
    fault::Fault,
    link::{Link, execute, insert_all},
    outside::Entry,
    store::{JournalHook, Shared},
};
use jeton_core::change::{Change, Revision};

/// The channel on which other processes are woken.
pub(crate) const CHANNEL: &str = "jeton_changes";

impl Tx<'_> {
    /// Writes what has gathered. The caller commits.
    pub(super) async fn flush(&mut self) -> Result<(), Fault> {
        let Gathered { changes, events, .. } = &self.gathered;
        if changes.is_empty() && events.is_empty() {
            return Ok(());
        }
        let marks = &self.shared.marks;
        let rows: Vec<_> = changes
            .iter()
            .map(|change| {
                let (kind, id) = change::columns(change.what);
                let mark = marks.mark(&change::fields(change.revision, change.at, kind, &id));
                (change::as_column(change.revision), change.at.as_micros(), kind, id, mark)
            })
            .collect();
        insert_all!(&mut self.link, "INSERT INTO changes (revision, at, kind, id, mark) ", rows.as_slice(), |values, row| {
            values.push_bind(row.0).push_bind(row.1).push_bind(row.2).push_bind(row.3.as_str()).push_bind(row.4.as_slice())
        })?;
        insert_all!(
            &mut self.link,
            "INSERT INTO audit_events (sequence, at, organisation, actor, action, target, details, request, client_ip, link) ",
            events.as_slice(),
            |values, event| values
                .push_bind(event.sequence)
                .push_bind(event.at.as_micros())
                .push_bind(event.organisation.map(|id| id.to_string()))
                .push_bind(event.actor.as_str())
                .push_bind(event.action.as_str())
                .push_bind(event.target.as_str())
                .push_bind(event.details.as_str())
                .push_bind(event.request.as_deref())
                .push_bind(event.client_ip.as_deref())
                .push_bind(event.link.as_slice())
        )?;
        let mark = marks.mark(&self.heads.fields());
        execute!(
            &mut self.link,
            "UPDATE heads SET revision = $1, audit_sequence = $2, audit_link = $3, mark = $4 WHERE one = 1",
            self.heads.revision,
            self.heads.audit_sequence,
            self.heads.audit_link.as_slice(),
            mark.as_slice(),
        )?;
        self.wake_others().await
    }
    /// PostgreSQL tells listeners with the commit.
    async fn wake_others(&mut self) -> Result<(), Fault> {
        if let (Link::Postgres(own), false) = (&mut self.link, self.gathered.changes.is_empty()) {
            sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(self.heads.revision.to_string()).execute(&mut **own).await?;
        }
        Ok(())
    }
    /// Puts what must never come back into the journal.
    pub(super) async fn write_journal(&mut self) -> Result<(), Fault> {
        let entries = std::mem::take(&mut self.gathered.entries);
        let revision = self.revision();
        append(self.shared, entries, revision).await
    }
    /// The changes of this transaction, for those who follow.
    pub(super) fn into_changes(self) -> Vec<Change> {
        self.gathered.changes
    }
}

async fn append(shared: &Shared, entries: Vec<Entry>, revision: Revision) -> Result<(), Fault> {
    let hook: Option<JournalHook> = shared.journal.read().clone();
    let Some(hook) = hook.filter(|_| !entries.is_empty()) else { return Ok(()) };
    let written = tokio::task::spawn_blocking(move || hook(&entries, revision)).await;
    let failed = |why: String| {
        tracing::error!(why, "the journal outside the database cannot be written; the change is not made");
        Fault::Engine(sqlx::Error::Io(std::io::Error::other(format!("the journal cannot be written: {why}"))))
    };
    written.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))
}
