//! Asks the ledger for units: one question at a time, for all that waits, so that calls of one limit share an answer; and in between, before
//! what is held runs out. After a failure nobody is asked for a moment, so that a dead ledger holds nobody up.

use super::{Spender, share::Upkeep};
use crate::port::{Clock, LimitLedger};
use jeton_core::{
    lease::{LeaseAsk, LimitId},
    limits,
};
use metrics::{Counter, counter};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, oneshot};

/// Calls that wait at once; what comes on top counts as not answered.
const WAITING: usize = 4096;
/// How often is looked after what is held.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long nobody is asked after a failure.
const REST: Duration = Duration::from_millis(100);

/// Where calls wait for units.
pub(crate) struct Lessee {
    asking: mpsc::Sender<Asking>,
}

/// A call that waits.
struct Asking {
    asks: Vec<LeaseAsk>,
    answer: oneshot::Sender<bool>,
}

impl Lessee {
    /// Begins to ask `ledger`. Ends when this is dropped.
    pub(crate) fn start(spender: Arc<Spender>, clock: Arc<dyn Clock>, ledger: Arc<dyn LimitLedger>) -> Self {
        let (asking, waiting) = mpsc::channel(WAITING);
        tokio::spawn(Lane { spender, clock, ledger, failed_at: None, meters: Meters::new() }.run(waiting));
        Self { asking }
    }
    /// Waits until the ledger has answered; `false` where it does not, or not within `at_most`.
    pub(crate) async fn ask(&self, asks: Vec<LeaseAsk>, at_most: Duration) -> bool {
        let (answer, answered) = oneshot::channel();
        if self.asking.try_send(Asking { asks, answer }).is_err() {
            return false;
        }
        tokio::time::timeout(at_most, answered).await.is_ok_and(|answered| answered.unwrap_or(false))
    }
}

/// What is counted.
struct Meters {
    leased: Counter,
    refused: Counter,
    failed: Counter,
    given_back: Counter,
}

impl Meters {
    fn new() -> Self {
        let leases = |result: &'static str| counter!("jeton_limit_leases_total", "result" => result);
        Self {
            leased: leases("leased"),
            refused: leases("refused"),
            failed: leases("failed"),
            given_back: counter!("jeton_limit_units_given_back_total"),
        }
    }
}

/// The one who asks.
struct Lane {
    spender: Arc<Spender>,
    clock: Arc<dyn Clock>,
    ledger: Arc<dyn LimitLedger>,
    failed_at: Option<Instant>,
    meters: Meters,
}

impl Lane {
    async fn run(mut self, mut waiting: mpsc::Receiver<Asking>) {
        loop {
            let first = match self.spender.holds_leases() {
                true => tokio::time::timeout(LOOK_EVERY, waiting.recv()).await.map_err(|_| ()),
                false => Ok(waiting.recv().await),
            };
            match first {
                Ok(None) => return,
                Ok(Some(first)) => {
                    let mut group = vec![first];
                    while group.iter().map(|asking| asking.asks.len()).sum::<usize>() < limits::LEASES_ASKED_MAX
                        && let Ok(next) = waiting.try_recv()
                    {
                        group.push(next);
                    }
                    let answered = self.lease(merge(group.iter().flat_map(|asking| &asking.asks))).await;
                    for asking in group {
                        let _gone = asking.answer.send(answered);
                    }
                }
                Err(()) => {}
            }
            self.look_after().await;
        }
    }
    /// Whether the ledger answered.
    async fn lease(&mut self, mut asks: Vec<LeaseAsk>) -> bool {
        if self.failed_at.is_some_and(|since| since.elapsed() < REST) {
            return false;
        }
        self.spender.add_pace(&mut asks);
        let asked_at = self.clock.instant();
        let asking = tokio::time::timeout(limits::LEASE_WAIT.into(), self.ledger.lease(asks.clone()));
        match asking.await {
            Ok(Ok(leases)) if leases.len() == asks.len() => {
                self.failed_at = None;
                let mut is_held = true;
                for (ask, lease) in asks.iter().zip(&leases) {
                    if lease.units > 0 {
                        self.meters.leased.increment(1)
                    } else {
                        self.meters.refused.increment(1)
                    }
                    is_held &= self.spender.take_in(ask, lease, asked_at);
                }
                // What there is no room for must not be asked for again and again.
                is_held
            }
            _ => {
                self.failed_at = Some(Instant::now());
                self.meters.failed.increment(asks.len() as u64);
                false
            }
        }
    }
    /// Leases more of what will soon be used up, and gives back what nobody spends. What was given back and not heard of is not sent
    /// again: it might have been taken.
    async fn look_after(&mut self) {
        let Upkeep { asks, back } = self.spender.look_after(self.clock.instant());
        for some in asks.chunks(limits::LEASES_ASKED_MAX) {
            self.lease(some.to_vec()).await;
        }
        for some in back.chunks(limits::LEASES_ASKED_MAX) {
            self.meters.given_back.increment(some.iter().map(|back| back.units).sum());
            let giving = tokio::time::timeout(limits::LEASE_WAIT.into(), self.ledger.give_back(some.to_vec()));
            if !matches!(giving.await, Ok(Ok(()))) {
                tracing::debug!(limits = some.len(), "leased units could not be given back and are lost until their quota is refilled");
            }
        }
    }
}

/// One question for each limit: the fewest that help anybody, and what all wait for.
fn merge<'a>(asks: impl Iterator<Item = &'a LeaseAsk>) -> Vec<LeaseAsk> {
    let mut all: BTreeMap<LimitId, LeaseAsk> = BTreeMap::new();
    for ask in asks {
        all.entry(ask.id())
            .and_modify(|own| {
                own.least = own.least.min(ask.least);
                own.wanted = own.wanted.saturating_add(ask.wanted).min(limits::ALLOWANCE_MAX);
            })
            .or_insert(*ask);
    }
    all.into_values().collect()
}
