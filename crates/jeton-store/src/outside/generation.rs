//! The generation: which database this is and how far it had come when that was last noted. Replaced as a whole, about once a
//! second while there are changes. Never ahead of what is committed.

use super::file;
use crate::error::{Result, StoreError};
use jeton_core::{change::Revision, mark::Marker, timestamp::Timestamp};
use serde::{Deserialize, Serialize};
use std::{io, path::Path};

const NAME: &str = "generation.json";
const KIND: &str = "generation";
const BYTES_MAX: u64 = 64 * 1024;

/// What is known of the database from outside of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generation {
    /// Which installation the database belongs to.
    pub instance: String,
    /// How often it was restored, plus one.
    pub number: u64,
    /// The newest committed place in the change log that was noted.
    pub revision: Revision,
    /// The newest committed audit event that was noted.
    pub audit_sequence: i64,
    /// Its link, in hexadecimal digits.
    pub audit_link: String,
    /// Batches in the journal when this was noted.
    pub journal_batches: u64,
    /// Other processes changed the database up to here without this journal: it is complete only after this place.
    pub complete_since: Revision,
    /// When it was noted.
    pub at: Timestamp,
}

/// Reads it; `None` where there is none yet.
pub(crate) fn load(folder: &Path, marker: &Marker) -> Result<Option<Generation>> {
    let path = folder.join(NAME);
    let failed = |error: io::Error| StoreError::Unavailable(format!("`{}` cannot be read: {}", path.display(), error.kind()));
    let length = match std::fs::metadata(&path) {
        Ok(found) => found.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let damaged = || {
        StoreError::Damaged(format!(
            "`{}` does not carry the mark of this installation: it was changed, or belongs to another master key; \
             see `jeton doctor`, and `jeton restore` to begin a new generation from a backup",
            path.display()
        ))
    };
    if length > BYTES_MAX {
        return Err(damaged());
    }
    let text = std::fs::read(&path).map_err(failed)?;
    let text = String::from_utf8(text).map_err(|_| damaged())?;
    let (generation, _) = file::open_line(KIND, text.trim_end_matches('\n'), &[], marker).ok_or_else(damaged)?;
    Ok(Some(generation))
}

/// Replaces it.
pub(crate) fn store(folder: &Path, generation: &Generation, marker: &Marker) -> io::Result<()> {
    file::prepare_folder(folder)?;
    let (line, _) = file::seal_line(KIND, generation, &[], marker)?;
    file::replace(folder, NAME, line.as_bytes()).map(drop)
}
