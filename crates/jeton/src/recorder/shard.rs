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
use std::{
    borrow::Cow,
    collections::hash_map::Entry,
    hash::BuildHasher,
    net::IpAddr,
    sync::{LazyLock, OnceLock},
};

/// Refusals that were not kept. Bound once: they come as fast as somebody makes up tokens.
static NOT_KEPT: LazyLock<metrics::Counter> = LazyLock::new(|| metrics::counter!("jeton_refusals_not_kept_total"));

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
    uses: HashMap<TokenId, Use>,
    /// Counters of tokens that have more than one.
    counters: HashMap<Key, Counter>,
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

/// A token's use. Its first counter stands here: most tokens have no other, and then one look-up is all that a check costs.
#[derive(Default)]
struct Use {
    latest: Option<Latest>,
    first: Option<(Key, Counter)>,
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
        self.counters() >= COUNTERS_FULL || self.refusals.len() >= REFUSALS_FULL
    }

    pub(super) fn is_empty(&self) -> bool {
        self.uses.is_empty() && self.refusals.is_empty()
    }

    /// How many counters there are, about.
    pub(super) fn counters(&self) -> usize {
        self.uses.len() + self.counters.len()
    }

    /// Takes out what is written with every batch: refusals, and uses of old secrets, since somebody waits for these to end. The
    /// counters and the other last uses stay.
    pub(super) fn take_urgent(&mut self) -> UsageBatch {
        self.take(|latest| latest.previous_secret.is_some())
    }

    /// Takes out refusals and these last uses.
    fn take(&mut self, which: impl Fn(&Latest) -> bool) -> UsageBatch {
        let taken = |(token, own): (&TokenId, &mut Use)| own.latest.take_if(|latest| which(latest)).map(|latest| latest.as_row(*token));
        let last = self.uses.iter_mut().filter_map(taken).collect();
        UsageBatch { last, refusals: std::mem::take(&mut self.refusals), ..UsageBatch::default() }
    }

    pub(super) fn refusals(&self) -> &[RefusalRow] {
        &self.refusals
    }

    pub(super) fn last_use(&self, token: TokenId) -> Option<LastUse> {
        self.uses.get(&token)?.latest.as_ref().map(|latest| latest.as_row(token))
    }

    pub(super) fn record(&mut self, event: &UsageEvent<'_>) {
        if let Some(token) = event.token {
            self.count(token, event);
        }
        if let Some(refusal) = &event.refusal {
            self.keep_refusal(event, refusal);
        }
    }

    fn count(&mut self, token: TokenId, event: &UsageEvent<'_>) {
        let is_crowded = self.counters() >= COARSE_FROM;
        let own = self.uses.entry(token).or_default();
        own.remember(event);
        let key = Key {
            token,
            hour: event.at.hour(),
            outcome: event.outcome,
            route: hashed(event.route),
            network: if is_crowded { Network::Many } else { Network::of(event.client_ip) },
            previous_secret: matches!(event.secret, WhichSecret::Previous { .. }),
        };
        match &mut own.first {
            Some((first, counter)) if *first == key => counter.count += 1,
            Some(_) => add(&mut self.counters, key, 1, || event.route.into()),
            None => own.first = Some((key, Counter { route: event.route.into(), count: 1 })),
        }
    }

    fn keep_refusal(&mut self, event: &UsageEvent<'_>, refusal: &Refusal<'_>) {
        if event.token.is_none() {
            if self.anonymous_refusals >= ANONYMOUS_REFUSALS {
                NOT_KEPT.increment(1);
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
        for (token, use_) in other.uses {
            match self.uses.entry(token) {
                Entry::Vacant(place) => {
                    place.insert(use_);
                }
                Entry::Occupied(mut own) => {
                    if let Some((key, counter)) = own.get_mut().merge(use_) {
                        add(&mut self.counters, key, counter.count, || counter.route);
                    }
                }
            }
        }
        for (key, counter) in other.counters {
            add(&mut self.counters, key, counter.count, || counter.route);
        }
        self.refusals.extend(other.refusals);
    }

    pub(super) fn into_batch(mut self) -> UsageBatch {
        let recent = self.take(|_| true);
        let counters = self.uses.into_values().filter_map(|own| own.first).chain(self.counters);
        let deltas = counters.map(|(key, counter)| UsageDelta {
            token: key.token,
            hour: key.hour,
            outcome: key.outcome.into(),
            route: counter.route.into(),
            network: key.network.to_string(),
            previous_secret: key.previous_secret,
            count: counter.count,
        });
        UsageBatch { deltas: deltas.collect(), ..recent }
    }
}

/// Counts `count` more.
fn add(counters: &mut HashMap<Key, Counter>, key: Key, count: u64, route: impl FnOnce() -> Box<str>) {
    match counters.entry(key) {
        Entry::Occupied(mut own) => own.get_mut().count += count,
        Entry::Vacant(place) => {
            place.insert(Counter { route: route(), count });
        }
    }
}

impl Use {
    /// Only a use of the whole secret is a use: a guess at an id must not look like one.
    fn remember(&mut self, event: &UsageEvent<'_>) {
        let fresh = || Latest { at: event.at, client_ip: None, user_agent: None, previous_secret: None };
        let latest = self.latest.get_or_insert_with(fresh);
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

    /// Takes in what was counted elsewhere; gives back a counter that has no place here.
    fn merge(&mut self, other: Self) -> Option<(Key, Counter)> {
        match (&mut self.latest, other.latest) {
            (Some(own), Some(others)) => own.take_newer(others),
            (own, others) => *own = others.or(own.take()),
        }
        match (&mut self.first, other.first) {
            (Some((own, counter)), Some((key, others))) if *own == key => counter.count += others.count,
            (Some(_), others) => return others,
            (own, others) => *own = others,
        }
        None
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
