//! Backups: all that matters of a database as lines of JSON, the same for both engines, read from one consistent moment and
//! closed by a mark. `docs/backup-and-restore.md` describes the file.
//!
//! A backup holds no secret that is not sealed, and all that is needed to know every token's rules: it is written for its
//! owner's eyes alone.

mod file;
mod row;
mod tables;
mod write;

pub(crate) use file::{Reading, Verified, verify};
pub(crate) use row::{Value, delete_all, insert_rows, read_after, update_mark};
pub(crate) use tables::{PASSING, TABLES, Table};

use crate::{error::StoreError, outside::JournalFault};
use jeton_core::{change::Revision, timestamp::Timestamp};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::Path};

/// The version of the file's form that this program writes and reads.
pub const FORMAT: u32 = 1;

/// The first line of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The version of the file's form.
    pub format: u32,
    /// Which installation was backed up.
    pub instance: String,
    /// Its generation.
    pub generation: u64,
    /// The place in the change log that the backup is true at.
    pub revision: Revision,
    /// The newest audit event in it.
    pub audit_sequence: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupReport {
    /// Its first line.
    pub header: Header,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
}

pub(crate) fn io_fault(path: &Path, error: std::io::Error) -> StoreError {
    JournalFault::Io { path: path.to_owned(), why: error }.into()
}
