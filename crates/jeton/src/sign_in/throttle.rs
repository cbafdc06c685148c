//! Slows down who guesses passwords: by name and address together, by address, and by name. Each failure beyond some free ones
//! doubles the wait. Bounded, in memory, by the clock that is brought.
//!
//! Never locks a person out for good: an address that a name was signed in from keeps its own count, and a browser that is known has
//! one of its own, whatever others try with the name.

use super::known_browser::BrowserNonce;
use aws_lc_rs::digest;
use jeton_core::{
    limits,
    timestamp::{Span, Timestamp},
};
use parking_lot::Mutex;
use quick_cache::unsync::Cache;
use std::net::{IpAddr, Ipv6Addr};

/// What is remembered under: a hash, so that no name lies in memory.
type Key = [u8; 16];

/// Failed sign-ins of late.
pub struct Throttle(Mutex<Cache<Key, Failures>>);

#[derive(Clone, Copy, Debug, Default)]
struct Failures {
    count: u32,
    last: Timestamp,
    /// No attempt is taken before.
    until: Timestamp,
    /// A sign-in succeeded.
    succeeded: bool,
}

/// An attempt that was let through. It counts as failed until it succeeds.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// The name at its address, or at a browser that is known.
    pair: Key,
    /// The address, where its count was looked at.
    address: Option<Key>,
    /// The name, where its count was looked at.
    name: Option<Key>,
}

impl Throttle {
    /// Lets an attempt through and counts it, or says how long to wait.
    pub fn begin_at(&self, name: &str, address: Option<IpAddr>, now: Timestamp) -> Result<Attempt, Span> {
        let (name, address) = (name.trim().to_lowercase(), network(address));
        let (pair, address, by_name) = (key(&[&name, &address]), key(&[&address]), key(&["", &name]));
        let mut seen = self.0.lock();
        let is_known = recent(&seen, &pair, now).is_some_and(|pair| pair.succeeded);
        let counted = [
            Some((pair, limits::SIGN_IN_FREE_FAILURES)),
            Some((address, limits::SIGN_IN_ADDRESS_FREE_FAILURES)),
            Some((by_name, limits::SIGN_IN_NAME_FREE_FAILURES)).filter(|_| !is_known),
        ];
        count(&mut seen, counted.iter().flatten(), now)?;
        Ok(Attempt { pair, address: Some(address), name: Some(by_name).filter(|_| !is_known) })
    }
    /// The same at a browser that this person signed in at before: only its own failures count, not those of strangers.
    pub fn begin_known_at(&self, name: &str, browser: BrowserNonce, now: Timestamp) -> Result<Attempt, Span> {
        let name = name.trim().to_lowercase();
        let digits: String = browser.iter().map(|byte| format!("{byte:02x}")).collect();
        let pair = key(&["browser", &name, &digits]);
        count(&mut self.0.lock(), [(pair, limits::SIGN_IN_FREE_FAILURES)].iter(), now)?;
        Ok(Attempt { pair, address: None, name: None })
    }
    /// The attempt succeeded: it does not count, and this name is known at this address from now on.
    pub fn succeeded_at(&self, attempt: &Attempt, now: Timestamp) {
        let mut seen = self.0.lock();
        seen.insert(attempt.pair, Failures { count: 0, last: now, until: Timestamp::default(), succeeded: true });
        for key in [attempt.address, attempt.name].into_iter().flatten() {
            if let Some(own) = seen.get(&key).copied() {
                seen.insert(key, Failures { count: own.count.saturating_sub(1), until: Timestamp::default(), ..own });
            }
        }
    }
}

/// What is remembered of late.
fn recent(seen: &Cache<Key, Failures>, key: &Key, now: Timestamp) -> Option<Failures> {
    seen.get(key).copied().filter(|own| now < own.last.plus(limits::SIGN_IN_MEMORY))
}

/// Counts a failure under each key, with the failures that each has free; or says how long to wait, and counts nothing.
fn count<'k>(seen: &mut Cache<Key, Failures>, keys: impl Iterator<Item = &'k (Key, u32)> + Clone, now: Timestamp) -> Result<(), Span> {
    let until = keys.clone().filter_map(|(key, _)| recent(seen, key, now)).map(|own| own.until).max().unwrap_or_default();
    if now < until {
        return Err(until.since(now));
    }
    for (key, free) in keys {
        let before = recent(seen, key, now).unwrap_or_default();
        let failures = before.count.saturating_add(1);
        seen.insert(*key, Failures { count: failures, last: now, until: now.plus(delay(failures, *free)), ..before });
    }
    Ok(())
}

/// The wait after so many failures: nothing while some are free, then a second, doubled by each.
fn delay(failures: u32, free: u32) -> Span {
    match failures.checked_sub(free) {
        None | Some(0) => Span::default(),
        Some(beyond) => Span::from_seconds(1u32.checked_shl(beyond - 1).unwrap_or(u32::MAX)).min(limits::SIGN_IN_DELAY_MAX),
    }
}

/// Whose address this is: of IPv6 the network of 64 bits, which is one subscriber's.
fn network(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        None => "none".to_owned(),
        Some(IpAddr::V4(own)) => own.to_string(),
        Some(IpAddr::V6(own)) => Ipv6Addr::from_bits(own.to_bits() & !u128::from(u64::MAX)).to_string(),
    }
}

fn key(parts: &[&str]) -> Key {
    let mut text = String::new();
    for part in parts {
        text.push_str(&part.len().to_string());
        text.push(':');
        text.push_str(part);
    }
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    let mut key = Key::default();
    key.iter_mut().zip(hash.as_ref()).for_each(|(slot, byte)| *slot = *byte);
    key
}

impl Default for Throttle {
    fn default() -> Self {
        Self(Mutex::new(Cache::new(limits::SIGN_IN_FAILURES_REMEMBERED)))
    }
}

impl std::fmt::Debug for Throttle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Throttle({})", self.0.lock().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn at(seconds: u32) -> Timestamp {
        NOW.plus(Span::from_seconds(seconds))
    }
    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().expect("an address"))
    }

    #[test]
    fn waits_double_and_end() {
        let throttle = Throttle::default();
        for _ in 0..=limits::SIGN_IN_FREE_FAILURES {
            throttle.begin_at("ada", ip("192.0.2.1"), NOW).expect("free");
        }
        assert_eq!(throttle.begin_at(" ADA ", ip("192.0.2.1"), NOW).err(), Some(Span::from_seconds(1)));
        throttle.begin_at("ada", ip("192.0.2.1"), at(1)).expect("after the wait");
        assert_eq!(throttle.begin_at("ada", ip("192.0.2.1"), at(1)).err(), Some(Span::from_seconds(2)));
        throttle.begin_at("bob", ip("192.0.2.1"), at(1)).expect("somebody else");
        throttle.begin_at("ada", ip("192.0.2.2"), at(1)).expect("from elsewhere");
        let mut now = at(1);
        for _ in 0..40 {
            now = now.plus(limits::SIGN_IN_DELAY_MAX);
            throttle.begin_at("ada", ip("192.0.2.1"), now).expect("never longer than the longest wait");
        }
        let rested = now.plus(limits::SIGN_IN_MEMORY);
        throttle.begin_at("ada", ip("192.0.2.1"), rested).expect("forgotten");
        throttle.begin_at("ada", ip("192.0.2.1"), rested).expect("begins anew");
    }

    #[test]
    fn who_signed_in_before_is_not_locked_out_by_others() {
        let throttle = Throttle::default();
        let own = throttle.begin_at("ada", ip("192.0.2.1"), NOW).expect("free");
        throttle.succeeded_at(&own, NOW);
        for host in 0..=limits::SIGN_IN_NAME_FREE_FAILURES {
            let host = Some(IpAddr::from([198, 51, 100, u8::try_from(host).expect("small")]));
            throttle.begin_at("ada", host, NOW).expect("free");
        }
        assert!(throttle.begin_at("ada", ip("203.0.113.9"), NOW).is_err(), "from anywhere");
        throttle.begin_at("ada", ip("192.0.2.1"), NOW).expect("but from where she was before");
    }

    #[test]
    fn a_known_browser_waits_for_its_own_failures_alone() {
        let throttle = Throttle::default();
        for attempt in 0..40 {
            let _ = throttle.begin_at("ada", ip("192.0.2.1"), at(attempt));
        }
        assert!(throttle.begin_at("ada", ip("192.0.2.1"), at(40)).is_err());
        for _ in 0..=limits::SIGN_IN_FREE_FAILURES {
            throttle.begin_known_at("ada", [7; 16], at(40)).expect("at the same address");
        }
        assert!(throttle.begin_known_at("ADA", [7; 16], at(40)).is_err(), "whoever holds its cookie may not guess without end");
        throttle.begin_known_at("ada", [8; 16], at(40)).expect("another browser");
        let own = throttle.begin_known_at("ada", [7; 16], at(41)).expect("after the wait");
        throttle.succeeded_at(&own, at(41));
        throttle.begin_known_at("ada", [7; 16], at(41)).expect("begins anew");
    }

    #[test]
    fn one_address_cannot_try_many_names_and_one_network_is_one_address() {
        let throttle = Throttle::default();
        for host in 0..=limits::SIGN_IN_ADDRESS_FREE_FAILURES {
            throttle.begin_at(&format!("name{host}"), ip(&format!("2001:db8::{host:x}")), NOW).expect("free");
        }
        assert!(throttle.begin_at("another", ip("2001:db8::ffff:1"), NOW).is_err());
        throttle.begin_at("another", ip("2001:db8:0:1::1"), NOW).expect("another network");
        for _ in 0..10 {
            let own = throttle.begin_at("bob", ip("192.0.2.7"), NOW).expect("success does not count");
            throttle.succeeded_at(&own, NOW);
        }
    }
}
