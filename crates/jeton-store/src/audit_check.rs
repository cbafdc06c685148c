//! Checks of the audit chain, one marked row for each: every node can tell how far one is and what the last ones found.
//!
//! Who reads the chain holds the row for a while and loses it by silence: a check whose reader is gone has broken off, and is begun anew
//! by whoever asks. Never two at once.

mod change;
mod row;

use crate::{
    audit::ChainReport,
    error::Result,
    store::{Store, read::read},
};
use jeton_core::{id::RequestId, timestamp::Timestamp};

/// A check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditCheck {
    /// The request that began it.
    pub id: RequestId,
    /// When it began.
    pub began_at: Timestamp,
    /// Who began it, as the audit names them.
    pub began_by: String,
    /// Events read so far.
    pub read: u64,
    /// Events that there are.
    pub expected: u64,
    /// How it stands.
    pub state: CheckState,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Until when somebody is taken to read.
    held_until: Timestamp,
    /// Rises with every change.
    version: i64,
}

/// How a check stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckState {
    /// It is under way.
    Running,
    /// The whole chain was read, and this was found.
    Done(ChainReport),
    /// It broke off.
    Failed(String),
}

impl CheckState {
    /// Its word.
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done(_) => "done",
            Self::Failed(_) => "failed",
        }
    }
}

impl AuditCheck {
    /// Whether somebody is taken to read at this instant.
    pub fn is_running_at(&self, now: Timestamp) -> bool {
        self.state == CheckState::Running && self.held_until > now
    }
}

impl Store {
    /// A check; none where there is none of this id.
    pub async fn show_audit_check(&self, id: RequestId) -> Result<Option<AuditCheck>> {
        read!(self, link => row::by_id(link, self.marks(), id))
    }
    /// The newest checks, the newest first.
    pub async fn newest_audit_checks(&self, limit: usize) -> Result<Vec<AuditCheck>> {
        read!(self, link => row::newest(link, self.marks(), limit))
    }
}
