//! The sweeper: removes what is long dead, in bounded batches. A swept token is unknown, never alive; its removal is a change
//! like any other, so that no verifier keeps it.
//!
//! Never removes audit events, the newest change, or a token that others are derived from.

mod checks;
mod clients;
mod cuts;
mod ended;
mod oauth;
mod rows;
mod runs;
mod sessions;
mod tokens;

use crate::{error::Result, store::Store};
use jeton_core::timestamp::Timestamp;

/// How much one run of the sweeper removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Tokens that were revoked, cut or expired long ago.
    pub tokens: u64,
    /// Idempotency keys beyond their life.
    pub idempotency_keys: u64,
    /// Refusals that are too old to explain.
    pub refusals: u64,
    /// Rows of use that are too old, or whose token is gone.
    pub usage: u64,
    /// Changes that every follower has long passed.
    pub changes: u64,
    /// Codes, names and refresh tokens that were good for once: how many of the kind that had most.
    pub spent: u64,
    /// Sessions that are long over.
    pub sessions: u64,
    /// Clients that came by themselves and were never used.
    pub clients: u64,
    /// Runs that revoked many tokens and ended long ago.
    pub runs: u64,
    /// Checks of the audit chain that were begun long ago.
    pub checks: u64,
    /// Something was left for the next run, because the batch was full.
    pub more: bool,
}

impl Store {
    /// Removes at most `batch` rows of each kind. Call it again while the report says that there is more.
    pub async fn sweep_at(&self, now: Timestamp, batch: usize) -> Result<SweepReport> {
        let limit = i64::try_from(batch.clamp(1, 10_000)).unwrap_or(10_000);
        let tokens = self.write(tokens::DeadTokens { now, limit }).await?;
        let cut = self.write(cuts::OldCut { now, limit }).await?;
        let counts = self.write(rows::OldRows { now, limit }).await?;
        let spent = self.write(oauth::Spent { now, limit }).await?;
        let ended = self.write(ended::Ended { now, limit }).await?;
        let sessions = self.write(sessions::OldSessions { now, limit }).await?;
        let clients = self.write(clients::UnusedClients { now, limit }).await?;
        let runs = self.write(runs::EndedRuns { now, limit }).await?;
        let checks = self.write(checks::OldChecks { now, limit }).await?;
        let all = [
            tokens,
            cut,
            spent,
            ended,
            sessions,
            clients,
            runs,
            checks,
            counts.idempotency_keys,
            counts.refusals,
            counts.usage,
            counts.changes,
        ];
        let more = all.iter().any(|count| *count >= limit.unsigned_abs());
        if !more {
            self.report_gaps().await;
            self.compact_journal_at(now).await?;
        }
        Ok(SweepReport { tokens: tokens + cut, spent, sessions, clients, runs, checks, more, ..counts })
    }
}
