//! Rows that nothing rests on any more.

use super::SweepReport;
use crate::{
    fault::Fault,
    link::{execute, fetch_one},
    writer::{Operation, Tx},
};
use jeton_core::{limits, timestamp::Timestamp};

/// One batch of each kind.
pub(super) struct OldRows {
    pub(super) now: Timestamp,
    pub(super) limit: i64,
}

impl Operation for OldRows {
    type Answer = SweepReport;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<SweepReport, Fault> {
        let before = |life| self.now.minus(life).as_micros();
        let idempotency_keys = execute!(
            &mut tx.link,
            "DELETE FROM idempotency_keys WHERE (owner, key) IN \
             (SELECT owner, key FROM idempotency_keys WHERE at < $1 ORDER BY at LIMIT $2)",
            before(limits::IDEMPOTENCY_LIFE),
            self.limit,
        )?;
        let refusals = execute!(
            &mut tx.link,
            "DELETE FROM refusals WHERE decision IN (SELECT decision FROM refusals WHERE at < $1 ORDER BY at LIMIT $2)",
            before(limits::REFUSAL_LIFE),
            self.limit,
        )?;
        let usage = self.usage(tx).await? + self.quotas(tx).await? + self.rates(tx).await?;
        let changes = self.changes(tx).await?;
        Ok(SweepReport { idempotency_keys, refusals, usage, changes, ..SweepReport::default() })
    }
}

impl OldRows {
    async fn usage(&self, tx: &mut Tx<'_>) -> Result<u64, Fault> {
        let before = |life| self.now.minus(life).as_micros();
        let mut gone = execute!(
            &mut tx.link,
            "DELETE FROM usage_rollups WHERE (token, hour, outcome, route, network, previous_secret) IN \
             (SELECT token, hour, outcome, route, network, previous_secret FROM usage_rollups WHERE hour < $1 ORDER BY hour LIMIT $2)",
            before(limits::USAGE_LIFE),
            self.limit,
        )?;
        gone += execute!(
            &mut tx.link,
            "DELETE FROM last_uses WHERE token IN (SELECT token FROM last_uses WHERE at < $1 \
             AND NOT EXISTS (SELECT 1 FROM tokens WHERE tokens.id = last_uses.token) LIMIT $2)",
            before(limits::DEAD_TOKEN_LIFE),
            self.limit,
        )?;
        gone += execute!(
            &mut tx.link,
            "DELETE FROM first_sightings WHERE (token, network) IN (SELECT token, network FROM first_sightings WHERE at < $1 \
             AND NOT EXISTS (SELECT 1 FROM tokens WHERE tokens.id = first_sightings.token) LIMIT $2)",
            before(limits::DEAD_TOKEN_LIFE),
            self.limit,
        )?;
        execute!(
            &mut tx.link,
            "DELETE FROM usage_parts WHERE (batch, part) IN (SELECT batch, part FROM usage_parts WHERE at < $1 ORDER BY at LIMIT $2)",
            before(limits::USAGE_PART_LIFE),
            self.limit,
        )?;
        Ok(gone)
    }
    /// Quotas whose window is long over.
    async fn quotas(&self, tx: &mut Tx<'_>) -> Result<u64, Fault> {
        let gone = execute!(
            &mut tx.link,
            "DELETE FROM quota_uses WHERE id IN (SELECT id FROM quota_uses WHERE began_at + refill_seconds * 1000000 < $1 LIMIT $2)",
            self.now.minus(limits::USAGE_PART_LIFE).as_micros(),
            self.limit,
        )?;
        Ok(gone)
    }
    /// Rates that have long been whole.
    async fn rates(&self, tx: &mut Tx<'_>) -> Result<u64, Fault> {
        let gone = execute!(
            &mut tx.link,
            "DELETE FROM rate_uses WHERE id IN (SELECT id FROM rate_uses WHERE next_at < $1 ORDER BY next_at LIMIT $2)",
            self.now.minus(limits::USAGE_PART_LIFE).as_micros(),
            self.limit,
        )?;
        Ok(gone)
    }
    /// The front of the log, never its newest place and never a place behind one that must stay.
    async fn changes(&self, tx: &mut Tx<'_>) -> Result<u64, Fault> {
        let before = self.now.minus(limits::CHANGE_LIFE).as_micros();
        let keep_from = "SELECT COALESCE(MIN(revision), $2) FROM changes WHERE at >= $1";
        let newest = crate::change::as_column(tx.revision());
        let (keep_from,) = fetch_one!(&mut tx.link, (i64,), keep_from, before, newest)?;
        let gone = execute!(
            &mut tx.link,
            "DELETE FROM changes WHERE revision IN (SELECT revision FROM changes WHERE revision < $1 ORDER BY revision LIMIT $2)",
            keep_from,
            self.limit,
        )?;
        Ok(gone)
    }
}
