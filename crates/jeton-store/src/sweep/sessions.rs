//! Sessions that are long over, with what was noted of them.

use crate::{
    fault::Fault,
    link::{execute, fetch_all},
    writer::{Operation, Tx},
};
use jeton_core::{limits, timestamp::Timestamp};

/// One batch of them.
pub(super) struct OldSessions {
    pub(super) now: Timestamp,
    pub(super) limit: i64,
}

const OLD: &str = "SELECT id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2";

impl Operation for OldSessions {
    type Answer = u64;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<u64, Fault> {
        let before = self.now.minus(limits::DEAD_SESSION_LIFE).as_micros();
        let ids = fetch_all!(&mut tx.link, (String,), OLD, before, self.limit)?;
        for (id,) in &ids {
            execute!(&mut tx.link, "DELETE FROM session_clients WHERE session = $1", id.as_str())?;
            execute!(&mut tx.link, "DELETE FROM sessions WHERE id = $1", id.as_str())?;
        }
        Ok(ids.len() as u64)
    }
}
