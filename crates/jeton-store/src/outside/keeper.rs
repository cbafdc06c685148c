//! Keeps what is outside true while the store is open: appends to the journal, notes the generation. Never notes what is not
//! committed.

use super::{Generation, Journal, generation, hex};
use crate::{error::Result, store::JournalHook, writer::Heads};
use jeton_core::{change::Revision, limits, mark::Marker, timestamp::Timestamp};
use parking_lot::Mutex;
use std::{
    io,
    path::PathBuf,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

/// The open journal and the noted generation.
pub(crate) struct Keeper {
    folder: PathBuf,
    marker: Arc<Marker>,
    journal: Mutex<Journal>,
    noted: Mutex<Generation>,
}

impl Keeper {
    pub(super) fn new(folder: PathBuf, marker: Arc<Marker>, journal: Journal, noted: Generation) -> Self {
        Self { folder, marker, journal: Mutex::new(journal), noted: Mutex::new(noted) }
    }
    /// What was last noted.
    pub(crate) fn noted(&self) -> Generation {
        self.noted.lock().clone()
    }
    /// Whether this process is the one that writes what is outside.
    pub(crate) fn owns(&self) -> bool {
        self.journal.lock().is_owned()
    }
    /// Lets another process write it.
    pub(crate) fn release(&self) {
        self.journal.lock().release();
    }
    /// The function that the writer calls before each commit.
    pub(crate) fn hook(self: &Arc<Self>) -> JournalHook {
        let keeper = Arc::clone(self);
        Arc::new(move |batch| keeper.journal.lock().append(batch))
    }
    /// Notes how far the database has come. Does nothing when that is known already. Blocks on the disk.
    pub(crate) fn note(&self, heads: &Heads, foreign: Revision) -> io::Result<()> {
        let revision = crate::change::from_column(heads.revision);
        // Where another process writes the journal, that one notes: it knows more.
        let mut journal = self.journal.lock();
        let owned = journal.is_owned();
        if !journal.acquire()? {
            return Ok(());
        }
        let noted = self.note_with(&journal, heads, revision, foreign);
        if !owned {
            journal.release();
        }
        noted
    }
    fn note_with(&self, journal: &Journal, heads: &Heads, revision: Revision, foreign: Revision) -> io::Result<()> {
        let mut noted = self.noted.lock();
        let next = Generation {
            revision: revision.max(noted.revision),
            audit_sequence: heads.audit_sequence.max(noted.audit_sequence),
            audit_link: if heads.audit_sequence >= noted.audit_sequence { hex(&heads.audit_link) } else { noted.audit_link.clone() },
            journal_batches: journal.batches(),
            complete_since: foreign.max(noted.complete_since),
            at: noted.at,
            ..noted.clone()
        };
        if next == *noted && next.at != Timestamp::default() {
            return Ok(());
        }
        let next = Generation { at: wall_clock(), ..next };
        generation::store(&self.folder, &next, &self.marker)?;
        *noted = next;
        Ok(())
    }
    /// Writes the generation again as it is, under the current master key. Blocks on the disk.
    pub(crate) fn rewrite(&self) -> io::Result<()> {
        let noted = self.noted.lock();
        generation::store(&self.folder, &noted, &self.marker)
    }
    /// Drops what is too old to matter or over from the journal; gives how much and up to which place. Blocks on the disk.
    pub(crate) fn compact_at(&self, now: Timestamp) -> Result<(u64, Revision)> {
        Ok(self.journal.lock().compact_at(now.minus(limits::JOURNAL_LIFE), now.minus(limits::JOURNAL_SETTLED))?)
    }
}

/// For the file's reader only: nothing is decided by it.
fn wall_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
