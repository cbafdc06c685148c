//! Runs that revoked many tokens and ended long ago.

use crate::{
    fault::Fault,
    link::execute,
    writer::{Operation, Tx},
};
use jeton_core::{limits, timestamp::Timestamp};

/// One batch of them.
pub(super) struct EndedRuns {
    pub(super) now: Timestamp,
    pub(super) limit: i64,
}

const REMOVE: &str = "DELETE FROM revocation_runs WHERE id IN \
                      (SELECT id FROM revocation_runs WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)";

impl Operation for EndedRuns {
    type Answer = u64;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<u64, Fault> {
        let before = self.now.minus(limits::REVOCATION_RUN_LIFE).as_micros();
        Ok(execute!(&mut tx.link, REMOVE, before, self.limit)?)
    }
}
