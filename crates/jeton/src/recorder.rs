//! The record of use: counted in memory on each decision, written to the store in batches. No write per request.
//!
//! Each thread counts in a shard of its own, so that recording waits for nobody. Counters and refusals of known tokens are
//! never dropped: what a failed flush held is written by the next one.

mod shard;

use jeton_core::{
    id::{DecisionId, TokenId},
    usage::UsageEvent,
};
use jeton_gate::port::UsageSink;
use jeton_store::usage::{LastUse, RefusalRow, UsageBatch};
use parking_lot::Mutex;
use shard::Shard;
use std::{
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::Notify;

/// Shards: more than a machine of common size has workers, so that two seldom share one.
const SHARDS: usize = 64;

/// Counters that are written with every batch, and as many last uses: so few cost nothing.
const FEW: usize = 1024;
/// More than these wait for others of the same token (and hour): for so many batches at most,
const BATCHES_HELD: u8 = 3;
/// and only so many of them.
const MOST_HELD: usize = 65_536;

/// Collects use until it is flushed.
pub struct Recorder {
    shards: Box<[Mutex<Shard>]>,
    /// Counters that wait, and for how many batches they have.
    held: Mutex<(Shard, u8)>,
    /// What is being written, until it is known to be.
    in_flight: Mutex<Option<Arc<UsageBatch>>>,
    full: Notify,
}

thread_local! {
    static SHARD: Cell<Option<usize>> = const { Cell::new(None) };
}
static NEXT_SHARD: AtomicUsize = AtomicUsize::new(0);

impl Default for Recorder {
    fn default() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, held: Mutex::default(), in_flight: Mutex::default(), full: Notify::new() }
    }
}

impl UsageSink for Recorder {
    fn record(&self, event: &UsageEvent<'_>) {
        let Some(shard) = self.shards.get(own_shard()) else { return };
        let is_full = {
            let mut shard = shard.lock();
            shard.record(event);
            shard.is_full()
        };
        if is_full {
            self.full.notify_one();
        }
    }
}

/// The shard of this thread, given out in turn.
fn own_shard() -> usize {
    SHARD.with(|own| {
        own.get().unwrap_or_else(|| {
            let next = NEXT_SHARD.fetch_add(1, Ordering::Relaxed) % SHARDS;
            own.set(Some(next));
            next
        })
    })
}

impl Recorder {
    /// Waits until some shard is full enough to be flushed before its time.
    pub async fn full(&self) {
        self.full.notified().await;
    }

    /// What is to be written next: the batch that was not [`Recorder::written`] yet, unchanged, so that the store can tell
    /// that it is the same; else what was recorded since. Counters and last uses of many tokens come with every fourth batch only,
    /// refusals and uses of old secrets with each. `None` when there is nothing.
    pub fn next_batch(&self) -> Option<Arc<UsageBatch>> {
        self.batch(false)
    }

    /// The same with all counters: for the end.
    pub fn whole_batch(&self) -> Option<Arc<UsageBatch>> {
        self.batch(true)
    }

    fn batch(&self, whole: bool) -> Option<Arc<UsageBatch>> {
        let mut in_flight = self.in_flight.lock();
        if in_flight.is_none() {
            let mut held = self.held.lock();
            let (mut merged, batches) = std::mem::take(&mut *held);
            for shard in &self.shards {
                let taken = std::mem::take(&mut *shard.lock());
                merged.merge(taken);
            }
            *in_flight = if merged.is_empty() {
                None
            } else if !whole && batches < BATCHES_HELD && (FEW..MOST_HELD).contains(&merged.counters()) {
                let urgent = merged.take_urgent();
                *held = (merged, batches + 1);
                Some(Arc::new(urgent))
            } else {
                Some(Arc::new(merged.into_batch()))
            };
        }
        in_flight.clone()
    }

    /// The batch that [`Recorder::next_batch`] gave is durable.
    pub fn written(&self) {
        *self.in_flight.lock() = None;
    }

    /// A refusal that has not reached the store yet.
    pub fn refusal(&self, decision: DecisionId) -> Option<RefusalRow> {
        let in_flight = self.in_flight.lock().as_ref().and_then(|batch| find(&batch.refusals, decision));
        in_flight.or_else(|| self.shards.iter().find_map(|shard| find(shard.lock().refusals(), decision)))
    }

    /// The refusals of a token that have not reached the store yet, the newest first.
    pub fn refusals_of(&self, token: TokenId) -> Vec<RefusalRow> {
        let of_token = |rows: &[RefusalRow]| rows.iter().filter(|row| row.token == Some(token)).cloned().collect::<Vec<_>>();
        let mut found = self.in_flight.lock().as_ref().map(|batch| of_token(&batch.refusals)).unwrap_or_default();
        for shard in &self.shards {
            found.extend(of_token(shard.lock().refusals()));
        }
        found.sort_by_key(|row| std::cmp::Reverse(row.at));
        found
    }

    /// The newest use of a token that has not reached the store yet.
    pub fn last_use(&self, token: TokenId) -> Option<LastUse> {
        let in_flight = self.in_flight.lock().as_ref().and_then(|batch| batch.last.iter().find(|last| last.token == token).cloned());
        let held = self.held.lock().0.last_use(token);
        let recent = self.shards.iter().filter_map(|shard| shard.lock().last_use(token));
        newest(recent.chain(held).chain(in_flight))
    }
}

/// The newest of several uses of one token, with the newest use of its old secret among them.
pub fn newest(uses: impl Iterator<Item = LastUse>) -> Option<LastUse> {
    uses.reduce(|one, other| {
        let (older, newer) = if one.at <= other.at { (one, other) } else { (other, one) };
        if older.previous_secret_at <= newer.previous_secret_at {
            return newer;
        }
        LastUse { previous_secret_at: older.previous_secret_at, previous_secret_ip: older.previous_secret_ip, ..newer }
    })
}

fn find(rows: &[RefusalRow], decision: DecisionId) -> Option<RefusalRow> {
    rows.iter().find(|row| row.decision == decision).cloned()
}

#[cfg(test)]
mod tests;
