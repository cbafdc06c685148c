//! The change log as read by followers. Rows are written by the operations themselves.

use jeton_core::change::Change;
use jeton_core::change::Revision;

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
