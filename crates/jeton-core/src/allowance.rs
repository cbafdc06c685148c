//! How much a token may do: rates with bursts, quotas with refill, and the arithmetic that spends them.
//!
//! Rates follow the generic cell rate algorithm (ITU-T I.371, annex A): one instant per rate, exact, no timer. Quotas count
//! in windows that begin at the epoch. Both spend a request's whole cost or nothing.

use crate::{
    fault::Invalid,
    limits,
    timestamp::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};

/// A pace of `requests` for each `per_seconds`, with up to `burst` at once: in any stretch of time, at most `burst` and what the
/// pace gives in that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Requests (or their cost) per window.
    pub requests: u64,
    /// The window in seconds.
    pub per_seconds: u32,
    /// How many may come at once; `requests` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<u64>,
}

/// At most `requests` in each window of `refill_seconds`, counted from the epoch (86,400: a UTC day).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Requests (or their cost) per window.
    pub requests: u64,
    /// The window in seconds.
    pub refill_seconds: u32,
}

/// What becomes of a call whose limit cannot be evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnavailable {
    /// It is refused.
    #[default]
    Deny,
    /// It passes, as far as this limit goes.
    Allow,
}

/// All limits of one token. Each must have room for a request to pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowances {
    /// Rates, each spent on its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<Rate>,
    /// Quotas, each spent on its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotas: Vec<Quota>,
    /// What becomes of a call where they cannot be evaluated.
    #[serde(default, skip_serializing_if = "OnUnavailable::is_deny")]
    pub on_unavailable: OnUnavailable,
}

/// What has been spent of one rate: the theoretical arrival time of the next request, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RateState {
    next_micros: i64,
}

/// What has been spent of one quota in the window that began at `window`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuotaState {
    /// The start of the window.
    pub window: Timestamp,
    /// What was spent in it.
    pub used: u64,
}

/// The outcome of trying to spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// There was room; this much is left, and all of it is there again after `reset`.
    Room {
        /// What could still be spent at once.
        remaining: u64,
        /// Until the limit is whole again.
        reset: Span,
    },
    /// There was none; the same request has room after `retry_after`.
    Exhausted {
        /// How long to wait.
        retry_after: Span,
    },
}

impl OnUnavailable {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub(crate) fn is_deny(&self) -> bool {
        *self == Self::Deny
    }
}

impl Allowances {
    /// Whether there is no limit at all.
    pub fn is_empty(&self) -> bool {
        self.rates.is_empty() && self.quotas.is_empty()
    }
    /// Checks every number against its range.
    pub fn validate(&self) -> Result<(), Invalid> {
        if self.rates.len() > limits::RATES_MAX || self.quotas.len() > limits::RATES_MAX {
            return Err(Invalid::new(format!("must hold at most {} rates and {} quotas", limits::RATES_MAX, limits::RATES_MAX)));
        }
        self.rates.iter().try_for_each(Rate::validate)?;
        self.quotas.iter().try_for_each(Quota::validate)
    }
}

/// Checks what is allowed, and in how long.
fn validate(requests: impl IntoIterator<Item = u64>, seconds: u32) -> Result<(), Invalid> {
    if requests.into_iter().all(|n| (1..=limits::ALLOWANCE_MAX).contains(&n)) && (1..=31_622_400).contains(&seconds) {
        return Ok(());
    }
    Err(Invalid::new(format!("must allow 1 to {} requests in windows of 1 to 31622400 seconds", limits::ALLOWANCE_MAX)))
}

impl RateState {
    /// From what [`RateState::as_micros`] gave.
    pub const fn from_micros(next_micros: i64) -> Self {
        Self { next_micros }
    }
    /// The theoretical arrival time of the next request, in microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.next_micros
    }
    /// Whether nothing is spent any more, so that the state says no more than a new one.
    pub fn is_whole_at(&self, now: Timestamp) -> bool {
        self.next_micros <= now.as_micros()
    }
}

impl Rate {
    /// Checks every number against its range.
    pub fn validate(&self) -> Result<(), Invalid> {
        validate([self.requests].into_iter().chain(self.burst), self.per_seconds)
    }
    /// How many may come at once.
    pub fn burst(&self) -> u64 {
        self.burst.unwrap_or(self.requests)
    }
    /// Spends `cost` at `now`. A clock that went back finds the state as it was: nothing is given back.
    pub fn spend_at(&self, state: &mut RateState, cost: u32, now: Timestamp) -> Spent {
        let now = i128::from(now.as_micros());
        let window = i128::from(self.per_seconds) * 1_000_000;
        // Times are scaled by `requests`, so that the emission interval is a whole number.
        let scale = i128::from(self.requests.max(1));
        let depth = window * i128::from(self.burst());
        let next = (i128::from(state.next_micros) * scale).max(now * scale);
        let after = next + window * i128::from(cost);
        let over = after - now * scale - depth;
        if over > 0 {
            let retry = if window * i128::from(cost) > depth { window * i128::from(cost) } else { over };
            return Spent::Exhausted { retry_after: span_up(retry, scale) };
        }
        state.next_micros = i64::try_from((after + scale - 1) / scale).unwrap_or(i64::MAX);
        let remaining = u64::try_from(-over / window.max(1)).unwrap_or(0);
        Spent::Room { remaining, reset: span_up(after - now * scale, scale) }
    }
}

impl Quota {
    /// Checks every number against its range.
    pub fn validate(&self) -> Result<(), Invalid> {
        validate([self.requests], self.refill_seconds)
    }
    /// Spends `cost` at `now`. A clock that went back to an earlier window spends from the later one: nothing is given back.
    pub fn spend_at(&self, state: &mut QuotaState, cost: u32, now: Timestamp) -> Spent {
        let length = i64::from(self.refill_seconds.max(1)).saturating_mul(1_000_000);
        let window = Timestamp::from_micros(now.as_micros().div_euclid(length).saturating_mul(length));
        if window > state.window {
            *state = QuotaState { window, used: 0 };
        }
        let reset = state.window.plus(Span::from_micros(length)).since(now);
        let used = state.used.saturating_add(u64::from(cost));
        if used > self.requests {
            return Spent::Exhausted { retry_after: reset };
        }
        state.used = used;
        Spent::Room { remaining: self.requests - used, reset }
    }
}

fn span_up(scaled_micros: i128, scale: i128) -> Span {
    Span::from_micros(i64::try_from((scaled_micros + scale - 1) / scale).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_micros(1_800_000_000_000_000 + millis * 1000)
    }

    #[test]
    fn a_rate_gives_its_burst_and_then_its_pace() {
        let rate = Rate { requests: 10, per_seconds: 1, burst: Some(3) };
        let mut state = RateState::default();
        for left in [2, 1, 0] {
            assert!(matches!(rate.spend_at(&mut state, 1, at(0)), Spent::Room { remaining, .. } if remaining == left));
        }
        assert_eq!(rate.spend_at(&mut state, 1, at(0)), Spent::Exhausted { retry_after: Span::from_millis(100) });
        assert!(matches!(rate.spend_at(&mut state, 1, at(100)), Spent::Room { .. }));
        assert!(matches!(rate.spend_at(&mut state, 1, at(100)), Spent::Exhausted { .. }));
    }

    #[test]
    fn a_clock_set_back_gives_nothing_back() {
        let rate = Rate { requests: 1, per_seconds: 10, burst: None };
        let mut state = RateState::default();
        assert!(matches!(rate.spend_at(&mut state, 1, at(0)), Spent::Room { .. }));
        assert!(matches!(rate.spend_at(&mut state, 1, at(-3_600_000)), Spent::Exhausted { .. }));
        let quota = Quota { requests: 1, refill_seconds: 60 };
        let mut state = QuotaState::default();
        assert!(matches!(quota.spend_at(&mut state, 1, at(0)), Spent::Room { remaining: 0, .. }));
        assert!(matches!(quota.spend_at(&mut state, 1, at(-3_600_000)), Spent::Exhausted { .. }));
        assert!(matches!(quota.spend_at(&mut state, 1, at(60_000)), Spent::Room { .. }));
    }

    #[test]
    fn a_cost_is_spent_whole_or_not_at_all() {
        let quota = Quota { requests: 10, refill_seconds: 60 };
        let mut state = QuotaState::default();
        assert!(matches!(quota.spend_at(&mut state, 8, at(0)), Spent::Room { remaining: 2, .. }));
        assert!(matches!(quota.spend_at(&mut state, 3, at(0)), Spent::Exhausted { .. }));
        assert!(matches!(quota.spend_at(&mut state, 2, at(0)), Spent::Room { remaining: 0, .. }));
    }
}
