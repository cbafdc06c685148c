//! What others do with the states: keep them across a restart, hand them to a ledger and take them back, lease of them, and look after
//! what was leased. Never on the way of a call.

use super::{
    Mode, Spender,
    share::Upkeep,
    state::{QuotaUse, RateUse, Spending},
};
use crate::port::Clock;
use jeton_core::{
    lease::{GivenBack, Lease, LeaseAsk, Payer},
    limits,
    timestamp::Timestamp,
};
use std::time::Instant;

impl Spender {
    /// What was spent of quotas whose window runs, to be kept across a restart. Of shared ones the ledger knows.
    pub(crate) fn quotas(&self, now: Timestamp) -> Vec<QuotaUse> {
        let mut uses = Vec::new();
        if self.mode.now() == Mode::Shared {
            return uses;
        }
        for shard in &self.shards {
            for (payer, spending) in &shard.lock().spent {
                if let Payer::Token(id) = payer {
                    uses.extend(spending.quotas(*id, now));
                }
            }
        }
        uses
    }
    /// What was spent of rates that are not whole, for those who share them from now on; of so many at most.
    pub(crate) fn rates(&self, now: Timestamp, most: usize) -> Vec<RateUse> {
        let mut uses = Vec::new();
        for shard in &self.shards {
            uses.extend(shard.lock().spent.iter().flat_map(|(payer, spending)| spending.rates(*payer, now)));
        }
        uses.truncate(most);
        uses
    }
    /// Takes back what [`Spender::quotas`] gave. Where more was spent meanwhile, that stays.
    pub(crate) fn restore(&self, uses: &[QuotaUse]) {
        for quota in uses {
            let payer = Payer::Token(quota.token);
            if let Some(mut shard) = self.shard(payer) {
                shard.spent.entry(payer).or_default().restore(quota);
            }
        }
    }
    /// Changes how limits are spent. When this is done, no call is under way that spends by what held before.
    pub(crate) fn turn(&self, mode: Mode) {
        self.mode.set(mode);
        self.shards.iter().for_each(|shard| drop(shard.lock()));
    }
    /// Waits until it is settled how limits are spent.
    pub(crate) async fn settled(&self, clock: &dyn Clock) {
        self.mode.settled(clock).await;
    }
    /// Until when it may spend alone, unless that is said anew.
    pub(crate) fn alone_until(&self, at: Instant) {
        self.mode.alone_until(at);
    }
    pub(crate) fn mode(&self, clock: &dyn Clock) -> Mode {
        self.mode.at(clock)
    }
    /// Takes over what the ledger counted, to spend alone from now on. Between two modes only.
    pub(crate) fn take_over(&self, quotas: &[QuotaUse], rates: &[RateUse]) {
        self.forget_quotas();
        self.restore(quotas);
        for rate in rates {
            if let Some(mut shard) = self.shard(rate.payer) {
                shard.spent.entry(rate.payer).or_default().restore_rate(rate);
            }
        }
    }
    /// Forgets what was spent of quotas, which is counted elsewhere, and what was leased.
    pub(crate) fn forget_quotas(&self) {
        for shard in &self.shards {
            let mut shard = shard.lock();
            shard.leased.clear();
            shard.spent.values_mut().for_each(Spending::forget_quotas);
        }
    }
    /// Leases to another verifier, out of what is counted here alone; `None` where it is not.
    pub(crate) fn lease_out(&self, asks: &[LeaseAsk], clock: &dyn Clock) -> Option<Vec<Lease>> {
        if self.mode.at(clock) != Mode::Alone {
            return None;
        }
        let now = clock.now();
        asks.iter()
            .map(|ask| {
                let mut shard = self.shard(ask.payer)?;
                if self.mode.at(clock) != Mode::Alone {
                    return None;
                }
                let has_room = shard.has_room_for(ask.payer, self.most, now);
                let leased = has_room.then(|| shard.spent.entry(ask.payer).or_default().lease(ask, now)).flatten();
                Some(leased.unwrap_or_else(Lease::of_nothing))
            })
            .collect()
    }
    /// Takes back what was leased to another verifier and not spent; `false` where it is not counted here.
    pub(crate) fn take_back(&self, back: &[GivenBack], clock: &dyn Clock) -> bool {
        back.iter().all(|own| {
            let payer = Payer::Token(own.token);
            let Some(mut shard) = self.shard(payer).filter(|_| self.mode.at(clock) == Mode::Alone) else { return false };
            if let Some(spending) = shard.spent.get_mut(&payer) {
                spending.take_back(own);
            }
            true
        })
    }
    /// Takes in what was leased from the ledger; `false` where there is no room for it.
    pub(crate) fn take_in(&self, ask: &LeaseAsk, lease: &Lease, asked_at: Instant) -> bool {
        let Some(mut shard) = self.shard(ask.payer) else { return false };
        // What was asked for before a change of the mode counts for nothing: others may have taken the ledger over.
        let has_room = shard.leased.len() < self.most || shard.leased.contains_key(&ask.payer);
        if self.mode.now() == Mode::Shared && has_room {
            shard.leased.entry(ask.payer).or_default().take_in(ask, lease, asked_at);
        }
        has_room
    }
    /// Adds to each question what is likely to be spent soon.
    pub(crate) fn add_pace(&self, asks: &mut [LeaseAsk]) {
        for ask in asks {
            let pace = self.shard(ask.payer).and_then(|shard| shard.leased.get(&ask.payer).map(|shares| shares.pace(ask.id())));
            ask.ahead = ask.ahead.max(pace.unwrap_or(0)).min(limits::ALLOWANCE_MAX);
        }
    }
    /// Whether anything is leased.
    pub(crate) fn holds_leases(&self) -> bool {
        self.shards.iter().any(|shard| !shard.lock().leased.is_empty())
    }
    /// Payers of whose limits something is leased.
    pub(crate) fn leased(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().leased.len()).sum()
    }
    /// Looks after what is leased: what must be asked for, and what is to be given back.
    pub(crate) fn look_after(&self, at: Instant) -> Upkeep {
        let mut upkeep = Upkeep::default();
        if self.mode.now() == Mode::Shared {
            for shard in &self.shards {
                shard.lock().leased.retain(|_, shares| shares.look_after(at, &mut upkeep));
            }
        }
        upkeep
    }
    /// Lets go of all that is leased; gives what is to be given back.
    pub(crate) fn let_go(&self, at: Instant) -> Vec<GivenBack> {
        let mut back = Vec::new();
        for shard in &self.shards {
            shard.lock().leased.drain().for_each(|(_, mut shares)| shares.give_back(at, &mut back));
        }
        back
    }
}
