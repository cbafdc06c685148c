//! Restoring a backup: verified as a whole before anything is touched, put in place in one transaction, and made to agree with
//! the journal, so that nothing that was revoked, suspended or rotated out since comes back to life. A new generation begins.
//!
//! Until the last step the database is refused by every start of the program: a restore that was cut short is done again.

mod finish;
mod place;
mod suspend;

use crate::{
    backup::{self, Header},
    error::{Result, StoreError},
    outside::{self, Batch, Entry, Generation, Journal, JournalFault},
    store::{OpenOptions, Store},
};
use jeton_core::{change::Revision, id::ApiId, mark::Marker, master_key::Purpose, timestamp::Timestamp};
use std::{collections::BTreeMap, path::Path};

/// How to restore.
#[derive(Clone, Copy, Debug, Default)]
pub struct RestoreOptions {
    /// Replace a database that is not empty, or a folder outside of it that belongs to another installation.
    pub force: bool,
    /// Leave tokens active although the journal cannot tell what was revoked since the backup.
    pub trust_backup: bool,
}

/// What a restore came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreReport {
    /// What was restored.
    pub header: Header,
    /// Rows put in place, by table.
    pub rows: BTreeMap<String, u64>,
    /// Whether the journal knows all that must never be undone since the backup.
    pub covered: bool,
    /// Tokens that the journal changed: revoked, suspended, resumed or rotated since the backup.
    pub replayed: u64,
    /// Tokens that were suspended with the reason `restored`, since nobody can tell whether they were revoked or edited.
    pub suspended: u64,
    /// APIs that were edited or removed since the backup: look at their demands before the program is started again.
    pub apis_to_review: Vec<ApiId>,
    /// The generation that begins.
    pub generation: u64,
    /// The newest place in the change log.
    pub revision: Revision,
}

/// What is known from outside when a restore begins.
struct Outside {
    known: Option<Generation>,
    entries: Vec<Noted>,
    covered: bool,
    newest: Revision,
}

/// An entry of the journal with the place that its commit reached, and the place that every row which it wrote has at least.
#[derive(Clone)]
struct Noted {
    revision: Revision,
    floor: Revision,
    entry: Entry,
}

/// Restores the backup at `path`. No other process may have the database open. `progress` is told the rows read and placed.
pub async fn restore_at(
    options: OpenOptions,
    path: &Path,
    how: RestoreOptions,
    now: Timestamp,
    mut progress: impl FnMut(u64) + Send,
) -> Result<RestoreReport> {
    let marker = Marker::new(&options.ring, Purpose::Outside);
    let verified = backup::verify(path, &marker, &mut progress)?;
    let outside = look_outside(&options.outside, &marker, &verified.header, how)?;
    let store = Store::open_apart(options.clone()).await?;
    let restored = place_and_finish(&store, path, &verified, &outside, how, now, &marker, &mut progress).await;
    if restored.is_err() {
        store.close().await;
    }
    let mut report = restored?;
    // Opened as any start of the program would: what does not fit is found here, not tomorrow.
    store.attach_outside().await?;
    report.revision = store.head().await?;
    store.close().await;
    Ok(report)
}

#[expect(clippy::too_many_arguments, reason = "one sequence of steps, cut in two only so that the store is closed on failure")]
async fn place_and_finish(
    store: &Store,
    path: &Path,
    verified: &backup::Verified,
    outside: &Outside,
    how: RestoreOptions,
    now: Timestamp,
    marker: &Marker,
    progress: &mut (impl FnMut(u64) + Send),
) -> Result<RestoreReport> {
    let header = verified.header.clone();
    let target = place::look(store, how.force).await?;
    let known_number = outside.known.as_ref().map_or(0, |known| known.number);
    let generation = header.generation.max(known_number).max(target.number) + 1;
    begin_generation(store, &header, outside, generation, now, marker)?;
    place::put(store, path, verified, progress).await?;
    let newest = header.revision.max(outside.newest).max(target.revision);
    let begun = finish::Begin { newest, now, header: header.clone(), fingerprint: verified.fingerprint(), covered: outside.covered };
    store.write(begun).await?;
    let done = finish::replay(store, &outside.entries, header.revision, now).await?;
    let mut suspended = done.suspended;
    if !outside.covered && !how.trust_backup {
        suspended += suspend::all(store, now).await?;
    }
    let instance = header.instance.clone();
    store.write(finish::End { instance, generation, now, replayed: done.replayed, suspended }).await?;
    let revision = store.head().await?;
    let rows = verified.rows.clone();
    let apis_to_review = done.apis_to_review;
    Ok(RestoreReport { header, rows, covered: outside.covered, replayed: done.replayed, suspended, apis_to_review, generation, revision })
}

/// Reads what is outside and judges whether it can tell all that happened since the backup.
fn look_outside(folder: &Path, marker: &Marker, header: &Header, how: RestoreOptions) -> Result<Outside> {
    let known = match outside::load_generation(folder, marker) {
        Err(StoreError::Damaged(why)) if how.force => {
            tracing::error!(why, "the generation is not believed");
            None
        }
        other => other?,
    };
    let contents = match Journal::peek(folder, marker) {
        Err(fault @ JournalFault::Damaged { .. }) => {
            tracing::error!(%fault, "the journal is not believed; it is put aside");
            outside::put_journal_aside(folder).map_err(|error| backup::io_fault(folder, error))?;
            None
        }
        other => other?,
    };
    let foreign = known.as_ref().is_some_and(|known| known.instance != header.instance)
        || contents.as_ref().is_some_and(|contents| contents.coverage.instance != header.instance);
    if foreign {
        if !how.force {
            return Err(StoreError::Conflict(format!(
                "the backup is of another installation than `{}`: use that installation's folder and key file, or say `--force`",
                folder.display()
            )));
        }
        outside::put_journal_aside(folder).map_err(|error| backup::io_fault(folder, error))?;
        return Ok(Outside { known: None, entries: Vec::new(), covered: false, newest: Revision::default() });
    }
    let covered = match (&known, &contents) {
        (Some(known), Some(contents)) => {
            contents.total_batches() >= known.journal_batches
                && contents.coverage.complete_since.max(known.complete_since) <= header.revision
        }
        _ => false,
    };
    let batches = contents.map(crate::outside::JournalContents::into_standing).unwrap_or_default();
    let noted = |(_, batch): (u64, Batch)| {
        let (revision, floor) = (batch.revision, Revision(batch.since.0.saturating_add(1)));
        batch.entries.into_iter().map(move |entry| Noted { revision, floor, entry })
    };
    let entries: Vec<Noted> = batches.into_iter().flat_map(noted).collect();
    let newest = entries.iter().map(|noted| noted.revision).chain(known.iter().map(|known| known.revision)).max();
    Ok(Outside { known, entries, covered, newest: newest.unwrap_or_default() })
}

/// Notes the generation that begins, so that the database is refused until it is finished.
fn begin_generation(store: &Store, header: &Header, outside: &Outside, number: u64, now: Timestamp, marker: &Marker) -> Result<()> {
    let known = outside.known.as_ref();
    let next = Generation {
        instance: header.instance.clone(),
        number,
        revision: Revision::default(),
        audit_sequence: 0,
        audit_link: String::new(),
        journal_batches: known.map_or(0, |known| known.journal_batches),
        complete_since: known.map_or(Revision::default(), |known| known.complete_since),
        at: now,
    };
    let folder = store.outside();
    let mut next = next;
    // A journal that cannot tell all begins to count from here.
    if !outside.covered {
        next.complete_since = next.complete_since.max(outside.newest).max(header.revision);
    }
    outside::store_generation(folder, &next, marker).map_err(|error| backup::io_fault(folder, error))
}
