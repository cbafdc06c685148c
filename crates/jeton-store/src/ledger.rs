//! The ledger of limits that nodes share: what is leased to a node is counted as spent in the transaction that leases it, so that no unit
//! is leased twice. All that was asked for at once is leased in one operation.
//!
//! A row that does not carry its mark is reported and counts as spent whole. Nothing is given back twice: who does not hear whether
//! something was taken back must not send it again.

mod rates;

pub use rates::SpentRate;

use crate::{
    error::Result,
    fault::Fault,
    quota::{self, SpentQuota},
    store::Store,
    writer::{Operation, Tx},
};
use jeton_core::{
    allowance::{QuotaState, RateState},
    id::TokenId,
    lease::{GivenBack, Lease, LeaseAsk, LimitId, Measure},
    limits,
    timestamp::Timestamp,
};
use std::collections::BTreeMap;

/// A quota: its token, and the length of its window.
type Which = (TokenId, u32);

impl Store {
    /// Leases what is asked for, as far as there is room; the answers stand in the order of the questions.
    pub async fn lease_at(&self, asks: &[LeaseAsk], now: Timestamp) -> Result<Vec<Lease>> {
        let mut leases = Vec::with_capacity(asks.len());
        for some in asks.chunks(limits::LEASES_ASKED_MAX) {
            leases.extend(self.write(Take { asks: some.to_vec(), now }).await?);
        }
        Ok(leases)
    }
    /// Takes back what was leased of quotas and not spent.
    pub async fn give_back_at(&self, back: &[GivenBack], now: Timestamp) -> Result<()> {
        for some in back.chunks(limits::LEASES_ASKED_MAX) {
            self.write(Return { back: some.to_vec(), now }).await?;
        }
        Ok(())
    }
}

struct Take {
    asks: Vec<LeaseAsk>,
    now: Timestamp,
}

impl Operation for Take {
    type Answer = Vec<Lease>;
    const REFUSES_FIRST: bool = true;
    const ONLY_ISSUES: bool = true;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Vec<Lease>, Fault> {
        let ids = || self.asks.iter().map(LeaseAsk::id);
        let mut quotas = quotas(tx, ids().filter_map(quota_of), self.now).await?;
        let mut rates = rates::states(tx, &self.asks, self.now).await?;
        let mut leases = Vec::with_capacity(self.asks.len());
        for ask in &self.asks {
            leases.push(match (ask.limit, quota_of(ask.id())) {
                (Measure::Quota(quota), Some(which)) => quota.lease_at(quotas.entry(which).or_default(), ask, self.now),
                (Measure::Quota(quota), None) => quota.lease_at(&mut QuotaState::default(), ask, self.now),
                (Measure::Rate(rate), _) => rate.lease_at(rates.entry(ask.id()).or_default(), ask, self.now),
            });
        }
        let taken: Vec<LimitId> = ids().zip(&leases).filter(|(_, lease)| lease.units > 0).map(|(id, _)| id).collect();
        let spent: BTreeMap<Which, QuotaState> =
            taken.iter().filter_map(|id| quota_of(*id)).filter_map(|which| Some((which, *quotas.get(&which)?))).collect();
        write(tx, &spent).await?;
        let spent: BTreeMap<LimitId, RateState> = taken.iter().filter_map(|id| Some((*id, *rates.get(id)?))).collect();
        rates::write(tx, &spent).await?;
        Ok(leases)
    }
}

struct Return {
    back: Vec<GivenBack>,
    now: Timestamp,
}

impl Operation for Return {
    type Answer = ();
    const REFUSES_FIRST: bool = true;
    const ONLY_ISSUES: bool = true;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        let mut states = quotas(tx, self.back.iter().map(|back| (back.token, back.refill_seconds)), self.now).await?;
        for back in &self.back {
            if let Some(state) = states.get_mut(&(back.token, back.refill_seconds)) {
                state.take_back(Timestamp::from_micros(back.window_micros), back.units);
            }
        }
        write(tx, &states).await
    }
}

/// A token's quota, where it is one.
fn quota_of(id: LimitId) -> Option<Which> {
    match id.payer {
        jeton_core::lease::Payer::Token(token) if id.is_quota => Some((token, id.seconds)),
        _ => None,
    }
}

/// What was spent of quotas, as far as something was.
async fn quotas(
    tx: &mut Tx<'_>,
    which: impl Iterator<Item = Which>,
    now: Timestamp,
) -> std::result::Result<BTreeMap<Which, QuotaState>, Fault> {
    let found = quota::find(tx, which, now).await?;
    Ok(found
        .into_iter()
        .map(|spent| ((spent.token, spent.refill_seconds), QuotaState { window: spent.began_at, used: spent.used }))
        .collect())
}

async fn write(tx: &mut Tx<'_>, states: &BTreeMap<Which, QuotaState>) -> std::result::Result<(), Fault> {
    let spent = |(which, state): (&Which, &QuotaState)| SpentQuota {
        token: which.0,
        refill_seconds: which.1,
        began_at: state.window,
        used: state.used,
    };
    let spent: Vec<SpentQuota> = states.iter().map(spent).collect();
    quota::replace(tx, &spent).await
}
