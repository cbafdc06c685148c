//! What the program does by itself, again and again, until it stops: writes use and spent quotas, sweeps what is long dead, keeps
//! the signing keys on schedule, looks through the change log. A job that fails says so and is tried again; none of them can take
//! another down.

use crate::{keys::Keys, quotas::QuotaKeeper, recorder::Recorder};
use jeton_gate::{Gate, clock::SystemClock, port::Clock};
use jeton_store::{Store, usage::UsageBatch};
use std::{sync::Arc, time::Duration};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How often use is written: with the time that writing takes, the last use of a token is no more than five seconds behind.
const FLUSH_EVERY: Duration = Duration::from_secs(3);
/// Batches that are written at most once the program was told to stop.
const LAST_BATCHES: usize = 3;
/// How often long-dead rows are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// Rows that one step of the sweeper removes, so that it never holds others up for long.
const SWEEP_BATCH: usize = 500;
/// When the change log is looked through and keys are made after the start: the first answers do not wait for that.
const LOOK_AFTER: Duration = Duration::from_secs(2);
/// How often the schedule of the signing keys is looked at.
const KEYS_EVERY: Duration = Duration::from_secs(30);
/// How often rotations are looked at that end when the old secret is silent.
const ROTATIONS_EVERY: Duration = Duration::from_secs(60);
/// Rotations that are looked at in one transaction.
const ROTATIONS_BATCH: usize = 200;

/// What the jobs work on.
#[derive(Clone)]
pub struct Jobs {
    /// The store.
    pub store: Store,
    /// Where quotas are spent.
    pub gate: Gate,
    /// Where use is recorded.
    pub recorder: Arc<Recorder>,
    /// The signing keys.
    pub keys: Arc<Keys>,
    /// The time.
    pub clock: Arc<SystemClock>,
}

impl Jobs {
    /// Starts all jobs. They end with `stop`, the use of the last moments written if the store answers.
    pub fn start(&self, tasks: &TaskTracker, stop: &CancellationToken) {
        tasks.spawn(self.clone().flush_until(stop.clone()));
        tasks.spawn(self.clone().sweep_until(stop.clone()));
        tasks.spawn(self.clone().keep_keys_until(stop.clone()));
        tasks.spawn(self.clone().look_through_log(stop.clone()));
        tasks.spawn(self.clone().end_rotations_until(stop.clone()));
    }

    /// Once after the start: whether changes were cut out of the log while the program was down.
    async fn look_through_log(self, stop: CancellationToken) {
        let looking = async {
            tokio::time::sleep(LOOK_AFTER).await;
            self.store.report_gaps().await
        };
        stop.run_until_cancelled(looking).await;
    }

    async fn flush_until(self, stop: CancellationToken) {
        let mut quotas = QuotaKeeper::default();
        loop {
            let stopping = tokio::select! {
                () = stop.cancelled() => true,
                () = self.recorder.full() => false,
                () = tokio::time::sleep(FLUSH_EVERY) => false,
            };
            self.flush_usage().await;
            self.keep_quotas(&mut quotas).await;
            if stopping {
                // A batch that could not be written just now, then all that waits, then what was recorded meanwhile.
                for _ in 0..LAST_BATCHES {
                    if !self.write_usage(self.recorder.whole_batch()).await {
                        break;
                    }
                }
                return;
            }
        }
    }

    /// Writes what was recorded. What cannot be written stays, and is tried again as it is.
    pub async fn flush_usage(&self) {
        self.write_usage(self.recorder.next_batch()).await;
    }

    /// Whether there was a batch, and it is written now.
    async fn write_usage(&self, batch: Option<Arc<UsageBatch>>) -> bool {
        let Some(batch) = batch else { return false };
        match self.store.flush_usage(&batch).await {
            Ok(()) => {
                self.recorder.written();
                true
            }
            Err(error) => {
                metrics::counter!("jeton_usage_flush_failures_total").increment(1);
                tracing::warn!(%error, "use could not be written; it is kept and tried again");
                false
            }
        }
    }

    async fn keep_quotas(&self, quotas: &mut QuotaKeeper) {
        if let Err(error) = quotas.keep(&self.store, &self.gate).await {
            tracing::warn!(%error, "spent quotas could not be written; they are kept and tried again");
        }
    }

    async fn sweep_until(self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(SWEEP_EVERY)).await.is_some() {
            self.sweep().await;
        }
    }

    async fn keep_keys_until(self, stop: CancellationToken) {
        // At a first start the keys of the other algorithms are made here: an RSA key takes its time.
        if stop.run_until_cancelled(tokio::time::sleep(LOOK_AFTER)).await.is_some() {
            self.keep_keys().await;
        }
        while stop.run_until_cancelled(tokio::time::sleep(KEYS_EVERY)).await.is_some() {
            self.keep_keys().await;
        }
    }

    async fn end_rotations_until(self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(ROTATIONS_EVERY)).await.is_some() {
            self.end_rotations().await;
        }
    }

    /// Ends the overlaps whose old secret is silent, and reports old secrets that were used after theirs.
    pub async fn end_rotations(&self) {
        let now = self.clock.now();
        if let Err(error) = self.store.end_silent_overlaps_at(now, ROTATIONS_BATCH).await {
            tracing::warn!(%error, "rotations that wait for silence could not be looked at");
        }
        match self.store.report_late_uses_at(now, ROTATIONS_BATCH).await {
            Ok(0) => {}
            Ok(tokens) => {
                metrics::counter!("jeton_old_secrets_used_total").increment(tokens as u64);
                tracing::warn!(tokens, "old secrets were used after their overlap had ended: the audit events say of which tokens");
            }
            Err(error) => tracing::warn!(%error, "uses of old secrets could not be looked at"),
        }
    }

    async fn sweep(&self) {
        loop {
            match self.store.sweep_at(self.clock.now(), SWEEP_BATCH).await {
                Ok(swept) if !swept.more => return,
                Ok(swept) => tracing::debug!(tokens = swept.tokens, "long-dead rows were removed"),
                Err(error) => return tracing::warn!(%error, "long-dead rows could not be removed"),
            }
        }
    }

    async fn keep_keys(&self) {
        if let Err(error) = self.keys.keep_schedule_at(self.clock.now()).await {
            tracing::warn!(%error, "the schedule of the signing keys could not be kept");
        }
    }
}
