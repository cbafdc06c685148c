//! How this node spends limits: alone, out of its own memory, or as one of several on one database, out of what it leases from their
//! ledger. Where one process alone has the database there is nothing to agree on.
//!
//! At no time one node is alone and another leases: who is alone says so in the database, joins the others before anybody else spends,
//! and stops by itself when it has not been heard for a while. Nobody's wall clock is compared with another's.

mod company;
mod lifeline;

use crate::{ports::fault, quotas};
use company::Company;
use jeton_core::{
    lease::{GivenBack, Lease, LeaseAsk},
    limits,
};
use jeton_gate::{
    Gate,
    clock::SystemClock,
    port::{Answering, Clock, LimitLedger, SourceFault},
    spend::RateUse,
};
use jeton_store::{
    Store, StoreError,
    ledger::SpentRate,
    limit_nodes::{LimitBeat, LimitCompany},
};
use lifeline::Lifeline;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;

/// How often a node says that it is there.
const BEAT_EVERY: Duration = Duration::from_millis(500);
/// The same while it is not settled how it spends.
const BEAT_SOON: Duration = Duration::from_millis(100);
/// For how long a node spends alone after it was last heard.
const ALONE_FOR: Duration = Duration::from_secs(3);
/// After how long the others take it for gone: later, whatever the clocks' pace.
const GONE_AFTER: Duration = Duration::from_secs(4);
/// Where nodes of this machine say that they live, in the folder for what is kept outside the database.
const LIFELINES: &str = "nodes";
/// How long a start waits until it is settled how this node spends.
const SETTLE_AT_MOST: Duration = Duration::from_secs(6);

/// The ledger in the database.
struct StoredLedger {
    store: Store,
    clock: Arc<SystemClock>,
}

impl LimitLedger for StoredLedger {
    fn lease(&self, asks: Vec<LeaseAsk>) -> Answering<'_, Result<Vec<Lease>, SourceFault>> {
        Box::pin(async move { self.store.lease_at(&asks, self.clock.now()).await.map_err(|error| fault(&error)) })
    }
    fn give_back(&self, back: Vec<GivenBack>) -> Answering<'_, Result<(), SourceFault>> {
        Box::pin(async move { self.store.give_back_at(&back, self.clock.now()).await.map_err(|error| fault(&error)) })
    }
}

/// How this node spends, for those who lease of it for gates elsewhere.
#[derive(Debug, Default)]
pub struct Turning(RwLock<()>);

impl Turning {
    /// While this is held, the ledger in the database is not taken over by anybody.
    pub async fn hold(&self) -> tokio::sync::RwLockReadGuard<'_, ()> {
        self.0.read().await
    }
}

/// How it spends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Not at all, until that is settled.
    Held,
    Alone,
    Shared,
}

/// Keeps it settled how this node spends.
pub struct Sharing {
    store: Store,
    gate: Gate,
    clock: Arc<SystemClock>,
    turning: Arc<Turning>,
    node: String,
    beat: i64,
    way: Way,
    /// When the last beat left that was heard.
    heard_at: Option<Instant>,
    company: Company,
    /// Tells whoever starts next on this machine that this process lives. None where the folder has no locks.
    _lifeline: Option<Lifeline>,
}

impl Sharing {
    /// Begins; until [`Sharing::settle`] nothing is spent. `None` where this process alone has the database.
    pub fn begin(store: &Store, gate: &Gate, clock: &Arc<SystemClock>, turning: &Arc<Turning>) -> Option<Self> {
        if !store.is_shared() {
            return None;
        }
        // Nothing was leased yet, so nothing comes back.
        drop(gate.hold_limits());
        let node = format!("{:016x}", rand::random::<u64>());
        let folder = store.outside().join(LIFELINES);
        let ended = lifeline::ended(&folder).unwrap_or_default();
        let lifeline = Lifeline::take(&folder, &node);
        if let Err(error) = &lifeline {
            tracing::debug!(%error, "whoever starts next waits a few seconds if this process is killed");
        }
        Some(Self {
            store: store.clone(),
            gate: gate.clone(),
            clock: Arc::clone(clock),
            turning: Arc::clone(turning),
            node,
            beat: 0,
            way: Way::Held,
            heard_at: None,
            company: Company::without(ended),
            _lifeline: lifeline.ok(),
        })
    }
    /// Waits until it is settled how this node spends, for a bounded time: one that was killed a moment ago must be known to be gone, which
    /// takes a few seconds where it did not run on this machine.
    pub async fn settle(&mut self) {
        let until = Instant::now() + SETTLE_AT_MOST;
        while self.way == Way::Held && Instant::now() < until {
            self.round().await;
            if self.way == Way::Held {
                tokio::time::sleep(BEAT_SOON).await;
            }
        }
    }
    /// Keeps it settled until `stop`, and leaves in order.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let wait = if self.way == Way::Held { BEAT_SOON } else { BEAT_EVERY };
            if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                break;
            }
            self.round().await;
        }
        if let Err(error) = self.leave().await {
            tracing::warn!(%error, "limits were not left in order: others wait a few seconds, and what was leased is lost until it is refilled");
        }
    }

    async fn round(&mut self) {
        let left = Instant::now();
        let alone_until = self.heard_at.map_or(left, |heard| heard + ALONE_FOR);
        let beating = self.beat(false);
        let told = if self.way == Way::Alone {
            // Whoever is not heard in time must not go on alone, whatever becomes of the beat.
            tokio::time::timeout_at(alone_until.into(), beating).await.ok()
        } else {
            Some(beating.await)
        };
        let told = match told {
            Some(Ok(told)) => told,
            Some(Err(error)) => return self.lost(&error.to_string()),
            None => return self.lost("the database does not answer in time"),
        };
        self.heard_at = Some(left);
        self.company.see(&told, left);
        if self.way == Way::Alone && !told.known {
            // It was taken for gone: others may have spent since, and gone as well.
            drop(self.gate.hold_limits());
            self.way = Way::Held;
        }
        self.gate.alone_until(left + ALONE_FOR);
        if let Err(error) = self.follow(&told).await {
            tracing::warn!(%error, "it could not be settled how limits are spent; it is tried again");
        }
    }
    fn beat(&mut self, joins: bool) -> impl Future<Output = Result<LimitCompany, StoreError>> + use<> {
        self.beat += 1;
        let gone = self.company.gone(Instant::now(), GONE_AFTER);
        let beat = LimitBeat { node: self.node.clone(), beat: self.beat, joins, gone };
        let store = self.store.clone();
        async move { store.beat_limits(beat).await }
    }
    /// No word from the database.
    fn lost(&mut self, why: &str) {
        tracing::debug!(why, "other nodes that spend limits could not be heard");
        if self.way == Way::Alone && self.heard_at.is_none_or(|heard| heard.elapsed() >= ALONE_FOR) {
            drop(self.gate.hold_limits());
            self.way = Way::Held;
        }
    }
    /// Does what the company asks for.
    async fn follow(&mut self, told: &LimitCompany) -> Result<(), StoreError> {
        match (self.way, told.alone, told.others.is_empty()) {
            (Way::Alone, true, true) | (Way::Shared, false, _) => Ok(()),
            (Way::Held | Way::Shared, true, true) => self.take_over().await,
            (_, true, _) => self.join().await,
            // Somebody else is alone: it joins, or is known to be gone.
            (Way::Held, false, _) if told.others.iter().any(|other| other.alone) => Ok(()),
            (Way::Held | Way::Alone, false, _) => {
                drop(self.gate.hold_limits());
                self.way = Way::Held;
                self.hand_over().await?;
                self.share();
                Ok(())
            }
        }
    }
    /// Was alone, and others are there: what was spent goes to the ledger before anybody leases.
    async fn join(&mut self) -> Result<(), StoreError> {
        drop(self.gate.hold_limits());
        self.way = Way::Held;
        self.hand_over().await?;
        if !self.beat(true).await?.alone {
            self.share();
        }
        Ok(())
    }
    /// Is alone: what the ledger counted goes to the memory.
    async fn take_over(&mut self) -> Result<(), StoreError> {
        let back = self.gate.hold_limits();
        if self.way == Way::Shared {
            self.store.give_back_at(&back, self.clock.now()).await?;
        } else {
            self.hand_over().await?;
        }
        self.way = Way::Held;
        let _nobody_leases = self.turning.0.write().await;
        let now = self.clock.now();
        let (quotas, rates) = (quotas::at(&self.store, now).await?, self.store.rates_at(now).await?);
        self.gate.spend_limits_alone(&quotas, &rates.iter().map(as_use).collect::<Vec<_>>());
        self.way = Way::Alone;
        tracing::info!("this node alone spends limits");
        Ok(())
    }
    /// Puts what was spent alone into the ledger.
    async fn hand_over(&self) -> Result<(), StoreError> {
        self.store.keep_quotas(&quotas::spent(&self.gate)).await?;
        let rates: Vec<SpentRate> = self.gate.rates(limits::RATES_HANDED_OVER).iter().map(as_spent).collect();
        self.store.keep_rates(&rates).await
    }
    fn share(&mut self) {
        self.gate.share_limits(Arc::new(StoredLedger { store: self.store.clone(), clock: Arc::clone(&self.clock) }));
        self.way = Way::Shared;
        tracing::info!("several nodes spend limits: each leases what it spends");
    }
    async fn leave(&mut self) -> Result<(), StoreError> {
        let back = self.gate.hold_limits();
        match self.way {
            Way::Shared => self.store.give_back_at(&back, self.clock.now()).await?,
            Way::Alone | Way::Held => self.hand_over().await?,
        }
        self.store.leave_limits(&self.node).await
    }
}

const fn as_spent(own: &RateUse) -> SpentRate {
    SpentRate { payer: own.payer, per_seconds: own.per_seconds, state: own.state }
}

const fn as_use(spent: &SpentRate) -> RateUse {
    RateUse { payer: spent.payer, per_seconds: spent.per_seconds, state: spent.state }
}

#[cfg(test)]
mod tests;
