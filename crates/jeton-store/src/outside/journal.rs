//! The journal: what must never be undone, in lines that follow on each other by their marks. One append is one write and one
//! sync, done before the commit that it belongs to; so it may hold what was never committed, and never lacks what was.
//!
//! One process at a time writes it: who opens it second only reads. A line that a crash cut off was never acknowledged and is cut away; damage anywhere else is reported and nothing is guessed.

mod compact;
mod lock;
mod read;
mod thin;

pub(crate) use read::JournalContents;

use super::{Entry, file};
use jeton_core::{change::Revision, limits, mark::Marker, timestamp::Timestamp};
use serde::{Deserialize, Serialize};
use std::{
    fs::{File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

const NAME: &str = "journal.jsonl";
const HEAD: &str = "journal head";
const BATCH: &str = "journal batch";

/// From when on the journal is complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Which installation it belongs to.
    pub instance: String,
    /// Everything that must never be undone and has a later place in the change log is in the journal.
    pub complete_since: Revision,
    /// Batches that were dropped when the journal was last compacted.
    pub dropped: u64,
}

/// What one append wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Batch {
    /// The place in the change log that its commit is to reach.
    pub(crate) revision: Revision,
    /// The place that its commit began at: every row that it wrote has a later one.
    #[serde(default)]
    pub(crate) since: Revision,
    /// The audit event that its commit ends with, and that event's link in hexadecimal digits.
    #[serde(default)]
    pub(crate) audit: Option<(i64, String)>,
    /// What must never be undone.
    #[serde(default)]
    pub(crate) entries: Vec<Entry>,
    /// The numbers of earlier batches whose commit did not take place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) voids: Vec<u64>,
    /// How many batches stood before it and are left out, since all that they held is over. They keep their numbers.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(crate) left_out: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_none(left_out: &u64) -> bool {
    *left_out == 0
}

/// What is wrong with a journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalFault {
    /// It cannot be read or written.
    #[error("`{path}` cannot be read or written: {why}")]
    Io {
        /// Where it is.
        path: PathBuf,
        /// What the system said.
        why: io::Error,
    },
    /// It was changed, or belongs to another master key.
    #[error(
        "line {line} of `{path}` does not carry its mark: the journal was changed, or belongs to another master key; \
         keep a copy of it, see `jeton doctor`, and `jeton restore` to begin anew from a backup"
    )]
    Damaged {
        /// Where it is.
        path: PathBuf,
        /// Which line, from 1.
        line: u64,
    },
}

/// The open journal. One at a time appends.
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    length: u64,
    batches: u64,
    last_mark: Vec<u8>,
    /// When the newest entry of the first batch was; `None` while there is none.
    first_at: Option<Timestamp>,
    marker: Arc<Marker>,
    broken: bool,
    /// Whether this process is the one that writes it.
    owned: bool,
    /// How long it was when it was last written anew.
    thinned: u64,
}

impl Journal {
    /// Opens the journal of `folder`, cuts a torn end away and gives what it holds; begins a new one where there is none.
    pub(crate) fn open(folder: &Path, marker: Arc<Marker>, fresh: Coverage) -> Result<(Self, JournalContents), JournalFault> {
        let path = folder.join(NAME);
        let failed = |why| JournalFault::Io { path: path.clone(), why };
        if !path.exists() {
            file::prepare_folder(folder).map_err(failed)?;
            let (line, _) = file::seal_line(HEAD, &fresh, &[], &marker).map_err(failed)?;
            file::replace(folder, NAME, line.as_bytes()).map_err(failed)?;
        }
        let file = OpenOptions::new().read(true).append(true).open(&path).map_err(failed)?;
        let owned = lock::take(&file);
        let contents = read::read(&path, &marker)?;
        // Where another process writes it, this may be a line that is just being written.
        if contents.torn && owned {
            tracing::warn!(path = %path.display(), "the journal ended in a line that a crash cut off; it was never acknowledged and is cut away");
            file.set_len(contents.length).and_then(|()| file.sync_all()).map_err(failed)?;
        }
        let journal = Self {
            path,
            file,
            length: contents.length,
            batches: contents.total_batches(),
            last_mark: contents.last_mark.clone(),
            first_at: first_at(&contents.batches),
            marker,
            broken: false,
            owned,
            thinned: 0,
        };
        Ok((journal, contents))
    }
    /// Whether there is one in `folder`.
    pub(crate) fn is_there(folder: &Path) -> bool {
        folder.join(NAME).exists()
    }
    /// Reads the journal of `folder` without touching it; `None` where there is none.
    pub(crate) fn peek(folder: &Path, marker: &Marker) -> Result<Option<JournalContents>, JournalFault> {
        if Self::is_there(folder) { read::read(&folder.join(NAME), marker).map(Some) } else { Ok(None) }
    }
    /// How many batches were ever appended.
    pub(crate) const fn batches(&self) -> u64 {
        self.batches
    }
    /// Appends: one write and one sync. Gives the batch's number, from 1. When it fails nothing was appended.
    pub(crate) fn append(&mut self, batch: &Batch) -> io::Result<u64> {
        self.own()?;
        if self.broken {
            return Err(io::Error::other("an earlier write failed and could not be taken back; start the program again"));
        }
        let (line, mark) = file::seal_line(BATCH, batch, &self.last_mark, &self.marker)?;
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            self.broken = self.file.set_len(self.length).and_then(|()| self.file.seek(SeekFrom::End(0))).is_err();
            return Err(error);
        }
        self.length += line.len() as u64;
        self.batches += 1;
        self.last_mark = mark;
        self.first_at = self.first_at.or_else(|| first_at(std::slice::from_ref(batch)));
        Ok(self.batches)
    }
    /// Drops batches whose entries are all older than `before`, where it has grown leaves out what is over since before `settled`, and
    /// marks the rest under the current master key. Gives how many were dropped, and the place up to which they reached.
    pub(crate) fn compact_at(&mut self, before: Timestamp, settled: Timestamp) -> Result<(u64, Revision), JournalFault> {
        let has_grown = self.length > self.thinned.saturating_mul(2).max(limits::JOURNAL_THINNED_FROM);
        let due = has_grown || self.first_at.is_some_and(|first| first < before) || !self.marker.is_current(&self.last_mark);
        // Where another process writes it, that one sees to it.
        if !due || !self.acquire().map_err(|why| JournalFault::Io { path: self.path.clone(), why })? {
            return Ok((0, Revision::default()));
        }
        compact::compact(self, before, settled)
    }
    /// Begins anew, complete from `coverage` on, with `entries` of the old one kept.
    pub(crate) fn begin_anew(&mut self, coverage: Coverage, kept: &[Batch]) -> Result<(), JournalFault> {
        compact::rewrite(self, coverage, kept)
    }
}

/// When the newest entry was of the first of these batches that holds any.
fn first_at(batches: &[Batch]) -> Option<Timestamp> {
    batches.iter().find_map(|batch| batch.entries.iter().map(Entry::at).max())
}

/// Gives the journal of `folder` another name, so that a new one can begin.
pub(crate) fn put_aside(folder: &Path) -> io::Result<()> {
    let path = folder.join(NAME);
    let free = (1..10_000).map(|number| folder.join(format!("{NAME}.aside-{number}"))).find(|name| !name.exists());
    match (path.exists(), free) {
        (false, _) => Ok(()),
        (true, Some(free)) => std::fs::rename(path, free),
        (true, None) => Err(io::ErrorKind::AlreadyExists.into()),
    }
}

#[cfg(test)]
mod tests;
