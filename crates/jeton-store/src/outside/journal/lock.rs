//! Who writes a journal: the process that holds its lock, from its first line on. A command beside a running authority reads it
//! and leaves it alone.
//!
//! Never two at a time: their lines would not follow on each other.

use super::{Journal, read};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::MetadataExt,
    time::{Duration, Instant},
};

/// How long a line waits for a process that only has a look.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it looks again meanwhile.
const AGAIN: Duration = Duration::from_millis(5);

/// Takes the lock where it is free. A file system without locks has nobody to keep out.
pub(super) fn take(file: &File) -> bool {
    match file.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(error)) => {
            tracing::warn!(%error, "the journal cannot be locked: run one process at a time in this folder");
            true
        }
    }
}

impl Journal {
    /// Whether this process is the one that writes it.
    pub(crate) const fn is_owned(&self) -> bool {
        self.owned
    }
    /// Becomes the one that writes it, after a while where another process is only looking. Blocks.
    pub(super) fn own(&mut self) -> io::Result<()> {
        let until = Instant::now() + PATIENCE;
        while !self.acquire()? {
            if Instant::now() > until {
                let words = "another process writes the journal of this folder: stop it first, or give each node a folder of its own";
                return Err(io::Error::other(words));
            }
            std::thread::sleep(AGAIN);
        }
        Ok(())
    }
    /// Becomes the one that writes it, where no other process does; takes in what another one wrote before.
    pub(crate) fn acquire(&mut self) -> io::Result<bool> {
        if self.owned {
            return Ok(true);
        }
        let file = OpenOptions::new().read(true).append(true).open(&self.path)?;
        if !take(&file) {
            return Ok(false);
        }
        let (now, before) = (file.metadata()?, self.file.metadata()?);
        if (now.ino(), now.len()) != (before.ino(), self.length) {
            let contents = read::read(&self.path, &self.marker).map_err(io::Error::other)?;
            if contents.torn {
                file.set_len(contents.length)?;
                file.sync_all()?;
            }
            self.length = contents.length;
            self.batches = contents.total_batches();
            self.first_at = super::first_at(&contents.batches);
            self.last_mark = contents.last_mark;
        }
        (self.file, self.owned) = (file, true);
        Ok(true)
    }
    /// Lets another process write it, until the next line.
    pub(crate) fn release(&mut self) {
        if self.owned {
            self.owned = false;
            drop(self.file.unlock());
        }
    }
}
