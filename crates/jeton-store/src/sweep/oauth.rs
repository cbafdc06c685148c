//! What was good for once and would be refused for its age by now. One batch of each kind.

use crate::{
    fault::Fault,
    link::execute,
    writer::{Operation, Tx},
};
use jeton_core::{limits, timestamp::Timestamp};

/// One batch of each kind.
pub(super) struct Spent {
    pub(super) now: Timestamp,
    pub(super) limit: i64,
}

impl Operation for Spent {
    /// How many rows of the kind that had most of them.
    type Answer = u64;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<u64, Fault> {
        let codes = execute!(
            &mut tx.link,
            "DELETE FROM codes WHERE digest IN (SELECT digest FROM codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            self.now.minus(limits::USED_CODE_LIFE).as_micros(),
            self.limit,
        )?;
        let ids = execute!(
            &mut tx.link,
            "DELETE FROM spent_ids WHERE digest IN (SELECT digest FROM spent_ids WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            self.now.minus(limits::JWT_SKEW_MAX).as_micros(),
            self.limit,
        )?;
        // The secrets in an answer are kept no longer than it can be asked for.
        let answers = execute!(
            &mut tx.link,
            "UPDATE spent_refresh_tokens SET answer = NULL WHERE digest IN \
             (SELECT digest FROM spent_refresh_tokens WHERE answer IS NOT NULL AND spent_at < $1 ORDER BY spent_at LIMIT $2)",
            self.now.minus(limits::REFRESH_GRACE_MAX).as_micros(),
            self.limit,
        )?;
        let secrets = execute!(
            &mut tx.link,
            "DELETE FROM spent_refresh_tokens WHERE digest IN \
             (SELECT digest FROM spent_refresh_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            self.now.as_micros(),
            self.limit,
        )?;
        let pushed = execute!(
            &mut tx.link,
            "DELETE FROM pushed_requests WHERE digest IN \
             (SELECT digest FROM pushed_requests WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            self.now.as_micros(),
            self.limit,
        )?;
        Ok(codes.max(pushed).max(ids).max(answers).max(secrets))
    }
}
