//! What one token has spent of each of its limits. An edit of its limits keeps what was spent.

use super::{
    Bill, Link,
    report::{LimitName, LimitStatus, LimitsReport},
    share::{Shares, Standing},
};
use jeton_core::{
    allowance::{Allowances, QuotaState, RateState, Spent},
    denial::Denial,
    id::TokenId,
    lease::{GivenBack, Lease, LeaseAsk, LimitId, Measure, Payer},
    limits,
    timestamp::{Span, Timestamp},
};
use std::time::Instant;

const EACH: usize = limits::RATES_MAX;
/// What a limit says that is not counted here.
const UNCOUNTED: Spent = Spent::Room { remaining: u64::MAX, reset: Span::from_micros(0) };

/// The states of one token. A window of 0 seconds stands for an unused place.
#[derive(Clone, Copy, Default)]
pub(super) struct Spending {
    rates: [(u32, RateState); EACH],
    quotas: [(u32, QuotaState); EACH],
}

/// What a token has spent of a quota in the window that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaUse {
    /// The token.
    pub token: TokenId,
    /// The quota's window in seconds, which tells a token's quotas apart.
    pub refill_seconds: u32,
    /// When the window began.
    pub window: Timestamp,
    /// What was spent in it.
    pub used: u64,
}

/// What was spent of a rate that is not whole yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateUse {
    /// Who spends it.
    pub payer: Payer,
    /// The rate's window in seconds, which tells a payer's rates apart.
    pub per_seconds: u32,
    /// What was spent.
    pub state: RateState,
}

/// What was leased of a payer's limits, where any of them was; for as long as limits are shared.
pub(super) struct Lent<'a> {
    pub(super) shares: Option<&'a Shares>,
    pub(super) at: Instant,
    /// Where to note what the ledger must be asked for, if anybody wants to know.
    pub(super) wants: Option<&'a mut Vec<LeaseAsk>>,
}

/// How spending of one payer's limits went.
#[derive(Default)]
pub(super) struct Told {
    /// The longest refusal.
    pub(super) denial: Option<Denial>,
    /// Whether the ledger must be asked for more.
    pub(super) is_short: bool,
}

impl Told {
    /// Holds a call against what was leased; gives how long to wait where the ledger had no room.
    fn share(&mut self, lent: &mut Lent<'_>, link: &Link<'_>, limit: Measure, cost: u32, status: &mut LimitStatus) -> Option<Span> {
        let id = LimitId { payer: link.payer, is_quota: limit.is_quota(), seconds: limit.seconds() };
        let standing = lent.shares.map_or(Standing::Short(cost.into()), |shares| shares.standing(id, cost, lent.at));
        match standing {
            Standing::Covered { remaining, reset } => {
                status.remaining = status.remaining.min(remaining);
                status.reset = status.reset.max(reset);
                None
            }
            Standing::Refused { remaining, retry_after } => {
                (status.remaining, status.reset) = (status.remaining.min(remaining), retry_after);
                Some(retry_after)
            }
            Standing::Short(units) => {
                (self.is_short, status.remaining) = (true, 0);
                if let Some(wants) = &mut lent.wants {
                    let least = u32::try_from(units).unwrap_or(u32::MAX);
                    wants.push(LeaseAsk { payer: link.payer, limit, least, wanted: units, ahead: 0, below: link.below });
                }
                None
            }
        }
    }
}

impl Spending {
    /// Spends `cost` of each limit here, and tells how that went. Where it may not pass, this copy must be thrown away.
    pub(super) fn spend(&mut self, link: &Link<'_>, bill: &Bill, mut lent: Option<Lent<'_>>, report: &mut LimitsReport) -> Told {
        self.fit(link.allowances);
        let (mut told, is_shared) = (Told::default(), lent.is_some());
        let mut note = |name, requests, seconds, spent: Spent, left, limit, refused: fn(Span) -> Denial| {
            let mut status = status(name, requests, seconds, spent, left);
            let mut retry = match spent {
                Spent::Room { .. } => None,
                Spent::Exhausted { retry_after } => Some(retry_after),
            };
            if let (None, Some(lent)) = (retry, &mut lent) {
                retry = told.share(lent, link, limit, bill.cost, &mut status);
            }
            told.denial = super::worse(told.denial, retry.map(refused));
            report.add(status);
        };
        for (number, (rate, (_, state))) in link.allowances.rates.iter().zip(&mut self.rates).enumerate() {
            let spent = rate.spend_at(state, bill.cost, bill.now);
            let left = matches!(spent, Spent::Exhausted { .. }).then(|| rate.spend_at(state, 0, bill.now));
            let name = LimitName::rate(link.counted, number);
            let refused = |retry_after| Denial::RateLimited { retry_after };
            note(name, rate.requests, rate.per_seconds, spent, left, Measure::Rate(*rate), refused);
        }
        for (number, (quota, (_, state))) in link.allowances.quotas.iter().zip(&mut self.quotas).enumerate() {
            // Of a shared quota the ledger counts alone.
            let spent = if is_shared { UNCOUNTED } else { quota.spend_at(state, bill.cost, bill.now) };
            let left = matches!(spent, Spent::Exhausted { .. }).then(|| quota.spend_at(state, 0, bill.now));
            let name = LimitName::quota(link.counted, number);
            let refused = |retry_after| Denial::QuotaExhausted { retry_after };
            note(name, quota.requests, quota.refill_seconds, spent, left, Measure::Quota(*quota), refused);
        }
        told
    }
    /// Leases units of one limit to another verifier; where there is no place for it, nothing.
    pub(super) fn lease(&mut self, ask: &LeaseAsk, now: Timestamp) -> Option<Lease> {
        let seconds = ask.limit.seconds();
        Some(match ask.limit {
            Measure::Rate(rate) => rate.lease_at(slot(&mut self.rates, seconds, |state| state.is_whole_at(now))?, ask, now),
            Measure::Quota(quota) => {
                let is_over = |state: &QuotaState| state.used == 0 || end(seconds, state) <= now;
                quota.lease_at(slot(&mut self.quotas, seconds, is_over)?, ask, now)
            }
        })
    }
    /// Takes units of a quota back that were leased.
    pub(super) fn take_back(&mut self, back: &GivenBack) {
        if let Some((_, state)) = self.quotas.iter_mut().find(|(seconds, _)| *seconds == back.refill_seconds) {
            state.take_back(Timestamp::from_micros(back.window_micros), back.units);
        }
    }
    /// What is spent of rates that are not whole.
    pub(super) fn rates(&self, payer: Payer, now: Timestamp) -> impl Iterator<Item = RateUse> {
        let spent = move |(seconds, state): &&(u32, RateState)| *seconds > 0 && !state.is_whole_at(now);
        self.rates.iter().filter(spent).map(move |(per_seconds, state)| RateUse { payer, per_seconds: *per_seconds, state: *state })
    }
    /// Takes in what was spent of a rate elsewhere.
    pub(super) fn restore_rate(&mut self, rate: &RateUse) {
        if let Some(state) = slot(&mut self.rates, rate.per_seconds, |state| *state == RateState::default()) {
            *state = (*state).max(rate.state);
        }
    }
    /// Forgets what was spent of quotas: it is counted elsewhere.
    pub(super) fn forget_quotas(&mut self) {
        self.quotas = Default::default();
    }
    /// Whether forgetting this gives nothing back.
    pub(super) fn is_whole_at(&self, now: Timestamp) -> bool {
        let over = |(seconds, state): &(u32, QuotaState)| state.used == 0 || end(*seconds, state) <= now;
        self.rates.iter().all(|(_, state)| state.is_whole_at(now)) && self.quotas.iter().all(over)
    }
    pub(super) fn quotas(&self, token: TokenId, now: Timestamp) -> impl Iterator<Item = QuotaUse> {
        let running = move |(seconds, state): &&(u32, QuotaState)| *seconds > 0 && state.used > 0 && end(*seconds, state) > now;
        self.quotas.iter().filter(running).map(move |(refill_seconds, state)| QuotaUse {
            token,
            refill_seconds: *refill_seconds,
            window: state.window,
            used: state.used,
        })
    }
    pub(super) fn restore(&mut self, quota: &QuotaUse) {
        let place = self.quotas.iter().position(|(seconds, _)| *seconds == quota.refill_seconds);
        let place = place.or_else(|| self.quotas.iter().position(|(seconds, _)| *seconds == 0));
        let Some((seconds, state)) = place.and_then(|place| self.quotas.get_mut(place)) else { return };
        *seconds = quota.refill_seconds;
        if state.window < quota.window {
            *state = QuotaState { window: quota.window, used: quota.used };
        } else if state.window == quota.window {
            state.used = state.used.saturating_add(quota.used);
        }
    }
    /// Brings the states into the order of the token's limits as they are now; what was spent goes with its window.
    fn fit(&mut self, allowances: &Allowances) {
        let same = allowances.rates.iter().zip(&self.rates).all(|(rate, (seconds, _))| rate.per_seconds == *seconds)
            && allowances.quotas.iter().zip(&self.quotas).all(|(quota, (seconds, _))| quota.refill_seconds == *seconds);
        if same {
            return;
        }
        let mut before = *self;
        *self = Self::default();
        for (rate, place) in allowances.rates.iter().zip(&mut self.rates) {
            *place = (rate.per_seconds, take(&mut before.rates, rate.per_seconds));
        }
        for (quota, place) in allowances.quotas.iter().zip(&mut self.quotas) {
            *place = (quota.refill_seconds, take(&mut before.quotas, quota.refill_seconds));
        }
    }
}

/// The state of a window of `seconds`, or a place that may be taken for one.
fn slot<T: Default>(states: &mut [(u32, T)], seconds: u32, is_free: impl Fn(&T) -> bool) -> Option<&mut T> {
    let place = states.iter().position(|(own, _)| *own == seconds);
    let place = place.or_else(|| states.iter().position(|(own, state)| *own == 0 || is_free(state)))?;
    let (own, state) = states.get_mut(place)?;
    if *own != seconds {
        (*own, *state) = (seconds, T::default());
    }
    Some(state)
}

/// Takes the state of a window of `seconds` out; a new one where there is none.
fn take<T: Default>(states: &mut [(u32, T)], seconds: u32) -> T {
    let found = states.iter_mut().find(|(own, _)| *own == seconds);
    found
        .map(|(own, state)| {
            *own = 0;
            std::mem::take(state)
        })
        .unwrap_or_default()
}

fn end(seconds: u32, state: &QuotaState) -> Timestamp {
    state.window.plus(Span::from_seconds(seconds))
}

fn status(name: LimitName, requests: u64, window_seconds: u32, spent: Spent, left: Option<Spent>) -> LimitStatus {
    let (remaining, reset) = match (spent, left) {
        (Spent::Room { remaining, reset }, _) => (remaining, reset),
        (Spent::Exhausted { retry_after }, Some(Spent::Room { remaining, .. })) => (remaining, retry_after),
        (Spent::Exhausted { retry_after }, _) => (0, retry_after),
    };
    LimitStatus { name, requests, window_seconds, remaining, reset }
}
