//! Keeps spent quotas across a restart: reads them before the first request, and writes what has changed with the use.
//!
//! Never holds up a check. A process that is killed loses the spending of its last seconds; one that is told to end loses none.
//! Rates are not kept: a burst is over before a restart is.

use jeton_core::{id::TokenId, timestamp::Timestamp};
use jeton_gate::{Gate, spend::QuotaUse};
use jeton_store::{Store, StoreError, quota::SpentQuota};
use std::collections::HashMap;

/// So many quotas whose window is over are remembered as kept without harm.
const FORGET_FROM: usize = 1024;

/// Which quota: its token, and the length of its window.
type Which = (TokenId, u32);

/// What is known to be kept.
#[derive(Debug, Default)]
pub struct QuotaKeeper {
    kept: HashMap<Which, (Timestamp, u64)>,
}

/// Gives the gate what was spent before this process began.
pub async fn restore_at(store: &Store, gate: &Gate, now: Timestamp) -> Result<(), StoreError> {
    gate.restore_quotas(&at(store, now).await?);
    Ok(())
}

/// What is known to be spent in windows that run at `now`.
pub async fn at(store: &Store, now: Timestamp) -> Result<Vec<QuotaUse>, StoreError> {
    Ok(store.quotas_at(now).await?.iter().map(as_use).collect())
}

/// What a gate has spent, as it is kept.
pub fn spent(gate: &Gate) -> Vec<SpentQuota> {
    gate.quotas().iter().map(as_spent).collect()
}

impl QuotaKeeper {
    /// Writes what was spent since the last time. What cannot be written is tried again with the next.
    pub async fn keep(&mut self, store: &Store, gate: &Gate) -> Result<(), StoreError> {
        let running = gate.quotas();
        let changed: Vec<SpentQuota> = running.iter().filter(|own| !self.is_kept(own)).map(as_spent).collect();
        if !changed.is_empty() {
            store.keep_quotas(&changed).await?;
        }
        self.kept.extend(changed.iter().map(|spent| ((spent.token, spent.refill_seconds), (spent.began_at, spent.used))));
        if self.kept.len() > running.len() * 2 + FORGET_FROM {
            // Windows that are over go with what the gate has forgotten.
            self.kept = running.iter().map(|own| (which(own), (own.window, own.used))).collect();
        }
        Ok(())
    }
    fn is_kept(&self, own: &QuotaUse) -> bool {
        self.kept.get(&which(own)) == Some(&(own.window, own.used))
    }
}

const fn which(own: &QuotaUse) -> Which {
    (own.token, own.refill_seconds)
}

const fn as_spent(own: &QuotaUse) -> SpentQuota {
    SpentQuota { token: own.token, refill_seconds: own.refill_seconds, began_at: own.window, used: own.used }
}

const fn as_use(spent: &SpentQuota) -> QuotaUse {
    QuotaUse { token: spent.token, refill_seconds: spent.refill_seconds, window: spent.began_at, used: spent.used }
}
