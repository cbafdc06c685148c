//! Leases: how several verifiers share one limit. A ledger counts what it leases as spent at once, whoever leased spends it without
//! asking, and what is left of a quota is given back.
//!
//! So a limit is never spent twice: what two verifiers hold was counted twice. Of a rate nothing is given back; its units are good for
//! [`limits::LEASE_LIFE`] and then lost, so that they are never spent long after they were counted.

use crate::{
    allowance::{Quota, QuotaState, Rate, RateState, Spent},
    fault::Invalid,
    id::{ApiId, TokenId},
    limits,
    timestamp::{Span, Timestamp},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Who spends a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Payer {
    /// A token, of its own limits.
    Token(TokenId),
    /// All that an API counts together: the beginning of a hash of what and by what.
    Together {
        /// The API.
        api: ApiId,
        /// The hash.
        key: [u8; 16],
    },
}

/// One limit of a payer; its window tells it from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// A rate.
    Rate(Rate),
    /// A quota.
    Quota(Quota),
}

/// Which limit it is, its numbers apart: those may be edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LimitId {
    /// Who spends it.
    pub payer: Payer,
    /// Whether it is a quota.
    pub is_quota: bool,
    /// Its window in seconds.
    pub seconds: u32,
}

/// A verifier asks for units of one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaseAsk {
    /// Who spends it.
    pub payer: Payer,
    /// The limit.
    pub limit: Measure,
    /// The fewest that help; with fewer nothing is taken.
    pub least: u32,
    /// What calls wait for.
    pub wanted: u64,
    /// What is likely to be spent soon; only where much is left.
    pub ahead: u64,
    /// The token that was presented, where the payer is one that it descends from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<TokenId>,
}

/// What a ledger leases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Units that are counted as spent, for the asker to spend.
    pub units: u64,
    /// Units that were left in the ledger after that.
    pub left: u64,
    /// For how long the units are good, from when they were asked for: of a quota until its window ends.
    pub life_micros: i64,
    /// Until the limit is whole again as far as the ledger knows.
    pub reset_micros: i64,
    /// Where the fewest that help are not there: how long until they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_micros: Option<i64>,
    /// Of a quota: the start of the window that the units were counted in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_micros: Option<i64>,
}

/// What is left of leased units of a quota, given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenBack {
    /// Whose quota.
    pub token: TokenId,
    /// The quota's window in seconds.
    pub refill_seconds: u32,
    /// The start of the window that the units were counted in.
    pub window_micros: i64,
    /// How many.
    pub units: u64,
}

impl std::fmt::Display for Payer {
    /// The token's id, or the API's id and 32 hexadecimal digits.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Token(token) => write!(f, "{token}"),
            Self::Together { api, key } => write!(f, "{api}-{:032x}", u128::from_be_bytes(*key)),
        }
    }
}

impl std::str::FromStr for Payer {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let rule = || Invalid::new("must be a token id, or the id of an API with 32 hexadecimal digits");
        let Some((api, key)) = text.split_once('-') else {
            return TokenId::parse(text).map(Self::Token).map_err(|_| rule());
        };
        let is_hex = key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let key = u128::from_str_radix(key, 16).ok().filter(|_| is_hex).ok_or_else(rule)?;
        Ok(Self::Together { api: ApiId::parse(api).map_err(|_| rule())?, key: key.to_be_bytes() })
    }
}

impl Serialize for Payer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Payer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Measure {
    /// Its window in seconds.
    pub const fn seconds(&self) -> u32 {
        match self {
            Self::Rate(rate) => rate.per_seconds,
            Self::Quota(quota) => quota.refill_seconds,
        }
    }
    /// Whether it is a quota.
    pub const fn is_quota(&self) -> bool {
        matches!(self, Self::Quota(_))
    }
}

impl Lease {
    /// Of nothing, where nobody can say when there will be something.
    pub const fn of_nothing() -> Self {
        let soon = limits::LEASE_REFUSED.as_micros();
        Self { units: 0, left: 0, life_micros: 0, reset_micros: soon, retry_micros: Some(soon), window_micros: None }
    }
}

impl LeaseAsk {
    /// Which limit it is about.
    pub const fn id(&self) -> LimitId {
        LimitId { payer: self.payer, is_quota: self.limit.is_quota(), seconds: self.limit.seconds() }
    }
    /// Checks every number against its range.
    pub fn validate(&self) -> Result<(), Invalid> {
        let fits = match &self.limit {
            Measure::Rate(rate) => rate.validate(),
            Measure::Quota(quota) => quota.validate(),
        };
        fits?;
        let most = limits::ALLOWANCE_MAX;
        if matches!((self.limit, self.payer), (Measure::Quota(_), Payer::Together { .. })) {
            return Err(Invalid::new("must be a token's where it is a quota"));
        }
        if self.least > limits::COST_MAX || self.wanted > most || self.ahead > most {
            return Err(Invalid::new(format!("must ask for at most {most} units, of which {} must be there", limits::COST_MAX)));
        }
        Ok(())
    }
    /// How many units to lease of so many.
    fn share_of(&self, room: u64) -> u64 {
        if room < u64::from(self.least) {
            return 0;
        }
        room.min(self.wanted.saturating_add(self.ahead.min(room / limits::LEASE_PART)))
    }
}

impl Rate {
    /// Leases units at `now`, counted as spent then.
    pub fn lease_at(&self, state: &mut RateState, ask: &LeaseAsk, now: Timestamp) -> Lease {
        let units = ask.share_of(room(self.spend_at(&mut { *state }, 0, now)));
        let after = self.spend_at(state, whole(units), now);
        let retry = refusal(units, ask, || self.spend_at(&mut { *state }, ask.least, now));
        let (left, reset) = standing(after);
        Lease {
            units: whole(units).into(),
            left,
            life_micros: limits::LEASE_LIFE.as_micros(),
            reset_micros: reset.as_micros(),
            retry_micros: retry.map(Span::as_micros),
            window_micros: None,
        }
    }
}

impl Quota {
    /// Leases units at `now`, counted as spent then.
    pub fn lease_at(&self, state: &mut QuotaState, ask: &LeaseAsk, now: Timestamp) -> Lease {
        let units = ask.share_of(room(self.spend_at(&mut { *state }, 0, now)));
        let after = self.spend_at(state, whole(units), now);
        let retry = refusal(units, ask, || self.spend_at(&mut { *state }, ask.least, now));
        let (left, reset) = standing(after);
        Lease {
            units: whole(units).into(),
            left,
            life_micros: reset.as_micros(),
            reset_micros: reset.as_micros(),
            retry_micros: retry.map(Span::as_micros),
            window_micros: Some(state.window.as_micros()),
        }
    }
}

impl QuotaState {
    /// Takes units back that were counted in a window and not spent. Those of a window that is over are gone with it.
    pub fn take_back(&mut self, window: Timestamp, units: u64) {
        if self.window == window {
            self.used = self.used.saturating_sub(units);
        }
    }
}

/// At most so many as one lease gives.
fn whole(units: u64) -> u32 {
    u32::try_from(units).unwrap_or(u32::MAX)
}

fn room(spent: Spent) -> u64 {
    standing(spent).0
}

fn standing(spent: Spent) -> (u64, Span) {
    match spent {
        Spent::Room { remaining, reset } => (remaining, reset),
        Spent::Exhausted { retry_after } => (0, retry_after),
    }
}

/// How long until there is enough, where there is not.
fn refusal(units: u64, ask: &LeaseAsk, again: impl FnOnce() -> Spent) -> Option<Span> {
    if units > 0 || ask.least == 0 {
        return None;
    }
    match again() {
        Spent::Exhausted { retry_after } => Some(retry_after),
        Spent::Room { .. } => None,
    }
}

#[cfg(test)]
mod tests;
