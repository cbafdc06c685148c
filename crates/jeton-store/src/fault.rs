//! What can go wrong inside: a refusal with its reason, or a failure of the engine. Tells failures that may be tried again
//! from those that may not. Never shows a statement's arguments.

use crate::{error::StoreError, marks};
use jeton_core::change::Revision;
use std::time::Duration;

/// Why something inside was not done.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Refused for a reason that the caller is told.
    Refused(StoreError),
    /// A row carries its mark and is older than what the journal outside the database knows: it was put back. Where it was read
    /// before the commit that the journal tells of, it was merely read too early.
    Contradicted {
        /// The table.
        table: &'static str,
        /// The row's key.
        id: String,
        /// The place in the change log that it would have to have at least.
        floor: Revision,
    },
    /// The engine failed.
    Engine(sqlx::Error),
    /// The engine did not answer within the deadline.
    Late(Duration),
}

/// What a failure of the engine means for the transaction that it happened in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    /// Other transactions were in the way: the same again may well succeed.
    Collision,
    /// This one statement was refused by the engine; others may succeed.
    Statement,
    /// The connection, the disk or the server fails: nothing will succeed now.
    Engine,
}

impl Fault {
    /// Whether it may come from a row that was read before a commit that was taken in after `known`.
    pub(crate) fn may_have_been_early(&self, known: Revision) -> bool {
        matches!(self, Self::Contradicted { floor, .. } if *floor > known)
    }
    /// How bad it is; `None` for a refusal, which harms nothing.
    pub(crate) fn severity(&self) -> Option<Severity> {
        match self {
            Self::Refused(_) | Self::Contradicted { .. } => None,
            Self::Late(_) => Some(Severity::Engine),
            Self::Engine(sqlx::Error::Database(error)) => Some(by_code(error.code().as_deref().unwrap_or_default())),
            Self::Engine(sqlx::Error::Encode(_) | sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::RowNotFound) => {
                Some(Severity::Statement)
            }
            Self::Engine(_) => Some(Severity::Engine),
        }
    }
}

/// SQLite's codes are numbers of at most four digits with the kind in the low byte, PostgreSQL's are five characters.
fn by_code(code: &str) -> Severity {
    if code.len() < 5 {
        return match code.parse::<u32>().unwrap_or_default() & 0xff {
            // Busy, locked.
            5 | 6 => Severity::Collision,
            // Read-only, input or output, corrupt, full, cannot open, not a database.
            8 | 10 | 11 | 13 | 14 | 26 => Severity::Engine,
            _ => Severity::Statement,
        };
    }
    match code.get(..2).unwrap_or_default() {
        // Serialization failure, deadlock.
        "40" => Severity::Collision,
        // Connection, transaction state, resources, object state (locks), operator intervention (time-outs), system, internal.
        "08" | "25" | "53" | "55" | "57" | "58" | "XX" => Severity::Engine,
        _ => Severity::Statement,
    }
}

/// The failure in words for the log and the answer: no URL, no argument.
fn words(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => match error.code().as_deref() {
            Some("13" | "53100") => "the disk is full: free some space, writes then go on by themselves".to_owned(),
            Some("778" | "1034" | "1546" | "4874") => {
                "its file cannot be written (a quota, a limit, or a failing disk): writes go on by themselves once it can".to_owned()
            }
            Some("57014") => "a statement took longer than it may".to_owned(),
            Some("5" | "517" | "261" | "6" | "55P03") => "another process holds the database's lock".to_owned(),
            Some("8") => "it can only be read".to_owned(),
            _ => error.message().to_owned(),
        },
        sqlx::Error::Io(error) => format!("the connection failed ({})", error.kind()),
        sqlx::Error::PoolTimedOut => "no connection became free in time".to_owned(),
        sqlx::Error::PoolClosed => "it was closed".to_owned(),
        sqlx::Error::ColumnDecode { index, .. } => format!("column `{index}` does not hold what it should"),
        sqlx::Error::Tls(error) => format!("TLS failed: {error}"),
        other => other.to_string(),
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(error) => error,
            Fault::Contradicted { table, id, .. } => marks::report(table, &id, "the journal outside the database knows of a newer one"),
            Fault::Engine(sqlx::Error::Database(error)) if error.code().as_deref() == Some("22021") => {
                Self::Conflict("a text holds a character that cannot be stored".to_owned())
            }
            Fault::Engine(sqlx::Error::Database(error)) if error.is_unique_violation() => Self::Exists("an entry of this id or name"),
            Fault::Engine(error) => Self::Unavailable(words(&error)),
            Fault::Late(deadline) => Self::Unavailable(format!("no answer within {} ms", deadline.as_millis())),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Engine(error)
    }
}

/// The number of rows that a statement touched, where one that breaks uniqueness means that `what` exists.
pub(crate) fn unique(touched: Result<u64, sqlx::Error>, what: &'static str) -> Result<u64, Fault> {
    match touched {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Err(StoreError::Exists(what).into()),
        other => Ok(other?),
    }
}
