//! The change log as read by followers. Rows are written by the operations themselves.

mod gaps;
mod log;
mod wake;

pub(crate) use log::heads;
pub use wake::WakeUps;

use crate::{
    fault::Fault,
    marks::{Marks, tampered},
};
use jeton_core::{
    change::{Change, Changed, Revision},
    cut::CutScope,
    id::{ApiId, ClientId, TokenId},
    mark::MarkedFields,
    timestamp::Timestamp,
};

/// A stretch of the change log.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The changes after the asked place, in order.
    pub changes: Vec<Change>,
    /// The newest place when this was read; the follower is up to date when it has reached it.
    pub head: Revision,
    /// The asked place lies before what the log still holds: everything may have changed.
    pub truncated: bool,
}

/// A change as it lies in the table: place, instant, kind, id, mark.
pub(crate) type ChangeRow = (i64, i64, String, String, Vec<u8>);

/// The kind and the id that stand for what was changed.
pub(crate) fn columns(what: &Changed) -> (&'static str, String) {
    match what {
        Changed::Token(id) => ("token", id.to_string()),
        Changed::Api(id) => ("api", id.to_string()),
        Changed::Client(id) => ("client", id.to_string()),
        Changed::Cut(scope) => ("cut", scope.to_string()),
        Changed::SigningKeys => ("signing_keys", String::new()),
        Changed::Everything => ("everything", String::new()),
    }
}

/// What a change's mark covers.
pub(crate) fn fields(revision: Revision, at: Timestamp, kind: &str, id: &str) -> MarkedFields {
    MarkedFields::of("changes").number(as_column(revision)).number(at.as_micros()).text(kind).text(id)
}

/// A change from its row, its mark checked.
pub(crate) fn read(row: ChangeRow, marks: &Marks) -> Result<Change, Fault> {
    let (revision, at, kind, id, mark) = row;
    let (place, at) = (from_column(revision), Timestamp::from_micros(at));
    marks.check("changes", &revision.to_string(), &fields(place, at, &kind, &id), &mark)?;
    let what = match kind.as_str() {
        "token" => TokenId::parse(&id).ok().map(Changed::Token),
        "api" => ApiId::parse(&id).ok().map(Changed::Api),
        "client" => ClientId::parse(&id).ok().map(Changed::Client),
        "cut" => CutScope::parse(&id).ok().map(|scope| Changed::Cut(Box::new(scope))),
        "signing_keys" => Some(Changed::SigningKeys),
        "everything" => Some(Changed::Everything),
        _ => None,
    };
    let what = what.ok_or_else(|| tampered("changes", &revision.to_string(), "it names nothing that is known"))?;
    Ok(Change { revision: place, at, what })
}

/// A revision as a column.
pub(crate) fn as_column(revision: Revision) -> i64 {
    i64::try_from(revision.0).unwrap_or(i64::MAX)
}

/// A revision from a column; what is negative counts as none.
pub(crate) fn from_column(revision: i64) -> Revision {
    Revision(u64::try_from(revision).unwrap_or_default())
}
