//! What one token has spent of each of its limits. An edit of its limits keeps what was spent.

use super::report::{Counted, LimitName, LimitStatus, LimitsReport};
use jeton_core::{
    allowance::{Allowances, QuotaState, RateState, Spent},
    denial::Denial,
    id::TokenId,
    limits,
    timestamp::{Span, Timestamp},
};

const EACH: usize = limits::RATES_MAX;

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

impl Spending {
    /// Spends `cost` of each limit here, and tells the longest refusal. Where it refuses, this copy must be thrown away.
    pub(super) fn spend(
        &mut self,
        allowances: &Allowances,
        cost: u32,
        now: Timestamp,
        counted: Counted,
        report: &mut LimitsReport,
    ) -> Option<Denial> {
        self.fit(allowances);
        let mut denial = None;
        for (number, (rate, (_, state))) in allowances.rates.iter().zip(&mut self.rates).enumerate() {
            let spent = rate.spend_at(state, cost, now);
            let left = matches!(spent, Spent::Exhausted { .. }).then(|| rate.spend_at(state, 0, now));
            let refused = |retry_after| Denial::RateLimited { retry_after };
            let status = status(LimitName::rate(counted, number), rate.requests, rate.per_seconds, spent, left);
            denial = super::worse(denial, note(spent, refused));
            report.add(status);
        }
        for (number, (quota, (_, state))) in allowances.quotas.iter().zip(&mut self.quotas).enumerate() {
            let spent = quota.spend_at(state, cost, now);
            let left = matches!(spent, Spent::Exhausted { .. }).then(|| quota.spend_at(state, 0, now));
            let refused = |retry_after| Denial::QuotaExhausted { retry_after };
            let status = status(LimitName::quota(counted, number), quota.requests, quota.refill_seconds, spent, left);
            denial = super::worse(denial, note(spent, refused));
            report.add(status);
        }
        denial
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

fn note(spent: Spent, refused: impl Fn(Span) -> Denial) -> Option<Denial> {
    match spent {
        Spent::Room { .. } => None,
        Spent::Exhausted { retry_after } => Some(refused(retry_after)),
    }
}

fn status(name: LimitName, requests: u64, window_seconds: u32, spent: Spent, left: Option<Spent>) -> LimitStatus {
    let (remaining, reset) = match (spent, left) {
        (Spent::Room { remaining, reset }, _) => (remaining, reset),
        (Spent::Exhausted { retry_after }, Some(Spent::Room { remaining, .. })) => (remaining, retry_after),
        (Spent::Exhausted { retry_after }, _) => (0, retry_after),
    };
    LimitStatus { name, requests, window_seconds, remaining, reset }
}
