//! Limits that several verifiers spend: how calls wait for units, and what the program tells a gate of it. A gate begins alone.

use super::Gate;
use crate::{
    port::LimitLedger,
    spend::{Lessee, Mode, QuotaUse, RateUse},
};
use jeton_core::{
    lease::{GivenBack, Lease, LeaseAsk},
    limits,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// What a call lacks of its limits.
pub(super) struct Missing {
    pub(super) asks: Vec<LeaseAsk>,
    /// Whether the ledger was asked and does not answer.
    pub(super) is_cut_off: bool,
    until: Option<Instant>,
}

impl Missing {
    pub(super) fn begin(at: Instant) -> Self {
        Self { asks: Vec::new(), is_cut_off: false, until: at.checked_add(limits::LEASE_WAIT.into()) }
    }
}

impl Gate {
    /// Gets what a call lacks, together with others; afterwards it is tried again, for a bounded time.
    pub(super) async fn lease(&self, missing: &mut Missing) {
        let asks = std::mem::take(&mut missing.asks);
        let (clock, spender) = (&*self.inner.around.clock, &self.inner.spender);
        let left = missing.until.map_or(Duration::ZERO, |until| until.saturating_duration_since(clock.instant()));
        let lessee = self.inner.lessee.load_full();
        missing.is_cut_off = left.is_zero()
            || match (spender.mode(clock), lessee) {
                (Mode::Alone, _) => false,
                (Mode::Shared, Some(lessee)) => !lessee.ask(asks, left).await,
                (Mode::Shared, None) => true,
                (Mode::Between, _) => tokio::time::timeout(left, spender.settled(clock)).await.is_err(),
            };
    }
    /// From now on limits are spent out of what `ledger` leases. To be called within a runtime.
    pub fn share_limits(&self, ledger: Arc<dyn LimitLedger>) {
        let lessee = Lessee::start(Arc::clone(&self.inner.spender), Arc::clone(&self.inner.around.clock), ledger);
        self.inner.lessee.store(Some(Arc::new(lessee)));
        self.inner.spender.forget_quotas();
        self.inner.spender.turn(Mode::Shared);
    }
    /// From now on calls with limits wait, until it is said how limits are spent. When this is done none is under way that spends; gives
    /// what was leased and not spent, for the ledger.
    pub fn hold_limits(&self) -> Vec<GivenBack> {
        self.inner.spender.turn(Mode::Between);
        self.inner.lessee.store(None);
        self.inner.spender.let_go(self.inner.around.clock.instant())
    }
    /// From now on limits are spent out of this memory alone, which takes over what the ledger counted. To be called after
    /// [`Gate::hold_limits`].
    pub fn spend_limits_alone(&self, quotas: &[QuotaUse], rates: &[RateUse]) {
        self.inner.spender.take_over(quotas, rates);
        self.inner.spender.turn(Mode::Alone);
    }
    /// Until when limits may be spent alone; then calls with limits wait. Without a word, for ever.
    pub fn alone_until(&self, at: Instant) {
        self.inner.spender.alone_until(at);
    }
    /// Whether limits are spent out of what a ledger leases.
    pub fn shares_limits(&self) -> bool {
        self.inner.spender.mode(&*self.inner.around.clock) == Mode::Shared
    }
    /// Leases to another verifier out of what this memory alone counts; `None` where it does not.
    pub fn lease_out(&self, asks: &[LeaseAsk]) -> Option<Vec<Lease>> {
        self.inner.spender.lease_out(asks, &*self.inner.around.clock)
    }
    /// Takes back what was leased to another verifier and not spent; `false` where it is not counted here.
    pub fn take_back(&self, back: &[GivenBack]) -> bool {
        self.inner.spender.take_back(back, &*self.inner.around.clock)
    }
    /// What was spent of rates that are not whole; of `most` at most.
    pub fn rates(&self, most: usize) -> Vec<RateUse> {
        self.inner.spender.rates(self.now(), most)
    }
}
