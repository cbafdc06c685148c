//! What one thread has counted since the last flush.

use foldhash::{HashMap, fast::RandomState};
use jeton_core::{
    facts::WhichSecret,
    id::TokenId,
    limits,
    redact::client_text,
    timestamp::Timestamp,
    usage::{Refusal, UsageEvent},
};
use jeton_store::usage::{LastUse, RefusalRow, UsageBatch, UsageDelta};
use std::{borrow::Cow, collections::hash_map::Entry, hash::BuildHasher, net::IpAddr, sync::OnceLock};

/// Counters in one shard that wake the flusher early: many, since each flush writes the last use of as many tokens.
const COUNTERS_FULL: usize = 32_768;
/// Refusals that do.
const REFUSALS_FULL: usize = 4096;

/// Counters in one shard from which on callers' networks are no longer told apart: only hostile traffic has so many.
const COARSE_FROM: usize = 65_536;

/// Refusals without a token (unknown or malformed ones) kept per flush and shard; anyone can cause these.
const ANONYMOUS_REFUSALS: usize = 64;

#[derive(Default)]
pub(super) struct Shard {
    counters: HashMap<Key, Counter>,
    last: HashMap<TokenId, Latest>,
    refusals: Vec<RefusalRow>,
    anonymous_refusals: usize,
}

/// What is counted apart. The route stands as a keyed hash; its text is in the counter.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    token: TokenId,
    hour: Timestamp,
    outcome: &'static str,
    route: u64,
    network: Network,
    previous_secret: bool,
}

struct Counter {
    route: Box<str>,
    count: u64,
}

/// The caller's network, coarse enough to be counted by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Network {
    V4([u8; 3]),
    V6([u16; 3]),
    Unknown,
    /// Too many to be told apart.
    Many,
}

struct Latest {
    at: Timestamp,
    client_ip: Option<IpAddr>,
    user_agent: Option<Box<str>>,
    previous_secret: Option<(Timestamp, Option<IpAddr>)>,
}

impl Shard {
    /// Whether the flusher should not wait any longer.
    pub(super) fn is_full(&self) -> bool {
        self.counters.len() >= COUNTERS_FULL || self.refusals.len() >= REFUSALS_FULL
    }

    pub(super) fn is_empty(&self) -> bool {
        self.counters.is_empty() && self.last.is_empty() && self.refusals.is_empty()
    }

    /// How many counters there are.
    pub(super) fn counters(&self) -> usize {
        self.counters.len()
    }

    /// Takes the counters out, and nothing else.
    pub(super) fn split_counters(&mut self) -> Self {
        Self { counters: std::mem::take(&mut self.counters), ..Self::default() }
    }

    pub(super) fn refusals(&self) -> &[RefusalRow] {
        &self.refusals
    }

    pub(super) fn last_use(&self, token: TokenId) -> Option<LastUse> {
        self.last.get(&token).map(|latest| latest.as_row(token))
    }

    pub(super) fn record(&mut self, event: &UsageEvent<'_>) {
        if let Some(token) = event.token {
            self.count(token, event);
            self.remember(token, event);
        }
        if let Some(refusal) = &event.refusal {
            self.keep_refusal(event, refusal);
        }
    }

    fn count(&mut self, token: TokenId, event: &UsageEvent<'_>) {
        let key = Key {
            token,
            hour: event.at.hour(),
            outcome: event.outcome,
            route: hashed(event.route),
            network: if self.counters.len() < COARSE_FROM { Network::of(event.client_ip) } else { Network::Many },
            previous_secret: matches!(event.secret, WhichSecret::Previous { .. }),
        };
        match self.counters.entry(key) {
            Entry::Occupied(mut counter) => counter.get_mut().count += 1,
            Entry::Vacant(place) => {
                place.insert(Counter { route: event.route.into(), count: 1 });
            }
        }
    }

    /// Only a use of the whole secret is a use: a guess at an id must not look like one.
    fn remember(&mut self, token: TokenId, event: &UsageEvent<'_>) {
        let latest = self.last.entry(token).or_insert(Latest { at: event.at, client_ip: None, user_agent: None, previous_secret: None });
        latest.at = latest.at.max(event.at);
        latest.client_ip = event.client_ip;
        // Nearly always the same as before: then it is not looked through again.
        if latest.user_agent.as_deref() != event.user_agent {
            latest.user_agent = event.user_agent.map(agent).map(Into::into);
        }
        if matches!(event.secret, WhichSecret::Previous { .. }) {
            latest.previous_secret = Some((event.at, event.client_ip));
        }
    }

    fn keep_refusal(&mut self, event: &UsageEvent<'_>, refusal: &Refusal<'_>) {
        if event.token.is_none() {
            if self.anonymous_refusals >= ANONYMOUS_REFUSALS {
                metrics::counter!("jeton_refusals_not_kept_total").increment(1);
                return;
            }
            self.anonymous_refusals += 1;
        }
        self.refusals.push(RefusalRow {
            decision: refusal.decision,
            at: event.at,
            token: event.token,
            code: event.outcome.into(),
            cause: refusal.cause.into(),
            method: refusal.method.map(kept),
            path: refusal.path.map(kept),
            audience: refusal.audience.map(kept),
            scopes: kept(refusal.scopes),
            client_ip: event.client_ip.map(|ip| ip.to_string()),
            user_agent: event.user_agent.map(|text| agent(text).into()),
        });
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (key, counter) in other.counters {
            match self.counters.entry(key) {
                Entry::Occupied(mut own) => own.get_mut().count += counter.count,
                Entry::Vacant(place) => {
                    place.insert(counter);
                }
            }
        }
        for (token, latest) in other.last {
            match self.last.entry(token) {
                Entry::Occupied(mut own) => own.get_mut().take_newer(latest),
                Entry::Vacant(place) => {
                    place.insert(latest);
                }
            }
        }
        self.refusals.extend(other.refusals);
    }

    pub(super) fn into_batch(self) -> UsageBatch {
        let deltas = self.counters.into_iter().map(|(key, counter)| UsageDelta {
            token: key.token,
            hour: key.hour,
            outcome: key.outcome.into(),
            route: counter.route.into(),
            network: key.network.to_string(),
            previous_secret: key.previous_secret,
            count: counter.count,
        });
        let last = self.last.into_iter().map(|(token, latest)| latest.as_row(token));
        UsageBatch { deltas: deltas.collect(), last: last.collect(), refusals: self.refusals, ..UsageBatch::default() }
    }
}

impl Latest {
    fn as_row(&self, token: TokenId) -> LastUse {
        LastUse {
            token,
            at: self.at,
            client_ip: self.client_ip.map(|ip| ip.to_string()),
            user_agent: self.user_agent.as_deref().map(Into::into),
            previous_secret_at: self.previous_secret.map(|(at, _)| at),
            previous_secret_ip: self.previous_secret.and_then(|(_, ip)| ip).map(|ip| ip.to_string()),
        }
    }

    fn take_newer(&mut self, other: Self) {
        let previous_secret = match (self.previous_secret, other.previous_secret) {
            (Some(own), Some(others)) if own.0 >= others.0 => Some(own),
            (own, others) => others.or(own),
        };
        if other.at > self.at {
            *self = other;
        }
        self.previous_secret = previous_secret;
    }
}

impl Network {
    fn of(address: Option<IpAddr>) -> Self {
        match address.map(|address| address.to_canonical()) {
            Some(IpAddr::V4(v4)) => {
                let [a, b, c, _] = v4.octets();
                Self::V4([a, b, c])
            }
            Some(IpAddr::V6(v6)) => {
                let [a, b, c, ..] = v6.segments();
                Self::V6([a, b, c])
            }
            None => Self::Unknown,
        }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::V4([a, b, c]) => write!(f, "{a}.{b}.{c}.0/24"),
            Self::V6([a, b, c]) => write!(f, "{}/48", std::net::Ipv6Addr::new(*a, *b, *c, 0, 0, 0, 0, 0)),
            Self::Unknown => f.write_str("-"),
            Self::Many => f.write_str("*"),
        }
    }
}

fn hashed(route: &str) -> u64 {
    static STATE: OnceLock<RandomState> = OnceLock::new();
    STATE.get_or_init(RandomState::default).hash_one(route)
}

/// A user agent as it is kept.
fn agent(text: &str) -> Cow<'_, str> {
    client_text(text, limits::USER_AGENT_MAX)
}

/// What a client sent, as it is kept with a refusal.
fn kept(text: &str) -> String {
    client_text(text, limits::KEPT_TEXT_MAX).into_owned()
}
