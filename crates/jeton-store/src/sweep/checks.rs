//! Checks of the audit chain that were begun long ago.

use crate::{
    fault::Fault,
    link::execute,
    writer::{Operation, Tx},
};
use jeton_core::{limits, timestamp::Timestamp};

/// One batch of them.
pub(super) struct OldChecks {
    pub(super) now: Timestamp,
    pub(super) limit: i64,
}

const REMOVE: &str = "DELETE FROM audit_checks WHERE id IN \
                             (SELECT id FROM audit_checks WHERE began_at < $1 ORDER BY began_at LIMIT $2)";

impl Operation for OldChecks {
    type Answer = u64;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<u64, Fault> {
        let before = self.now.minus(limits::AUDIT_CHECK_LIFE).as_micros();
        Ok(execute!(&mut tx.link, REMOVE, before, self.limit)?)
    }
}
