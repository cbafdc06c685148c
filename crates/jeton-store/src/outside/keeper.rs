//! Keeps what is outside true while the store is open: appends to the journal, notes the generation. Never notes what is not
//! committed.

use super::{Entry, Generation, Journal, generation, hex};
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
    doubtful: Mutex<Vec<Entry>>,
}

impl Keeper {
    pub(super) fn new(folder: PathBuf, marker: Arc<Marker>, journal: Journal, noted: Generation, doubtful: Vec<Entry>) -> Self {
        Self { folder, marker, journal: Mutex::new(journal), noted: Mutex::new(noted), doubtful: Mutex::new(doubtful) }
    }
    /// What was last noted.
    pub(crate) fn noted(&self) -> Generation {
        self.noted.lock().clone()
    }
    /// What is in the journal and has no place in the database: its commit failed, or a crash came between. Given once.
    pub(crate) fn take_doubtful(&self) -> Vec<Entry> {
        std::mem::take(&mut self.doubtful.lock())
    }
    /// The function that the writer calls before each commit.
    pub(crate) fn hook(self: &Arc<Self>) -> JournalHook {
        let keeper = Arc::clone(self);
        Arc::new(move |entries, revision| keeper.append(entries, revision))
    }
    /// Appends to the journal: one write, one sync.
    pub(crate) fn append(&self, entries: &[Entry], revision: Revision) -> io::Result<()> {
        self.journal.lock().append(entries, revision)
    }
    /// Notes how far the database has come. Does nothing when that is known already. Blocks on the disk.
    pub(crate) fn note(&self, heads: &Heads, foreign: Revision) -> io::Result<()> {
        let revision = crate::change::from_column(heads.revision);
        let mut noted = self.noted.lock();
        let next = Generation {
            revision: revision.max(noted.revision),
            audit_sequence: heads.audit_sequence.max(noted.audit_sequence),
            audit_link: if heads.audit_sequence >= noted.audit_sequence { hex(&heads.audit_link) } else { noted.audit_link.clone() },
            journal_batches: self.journal.lock().batches(),
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
    /// Drops what is too old to matter from the journal. Blocks on the disk.
    pub(crate) fn compact_at(&self, now: Timestamp) -> Result<u64> {
        let dropped = self.journal.lock().compact_at(now.minus(limits::JOURNAL_LIFE))?;
        Ok(dropped)
    }
}

/// For the file's reader only: nothing is decided by it.
fn wall_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
