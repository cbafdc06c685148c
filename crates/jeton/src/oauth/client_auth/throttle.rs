//! Failures of client authentication, counted for each client and address. Bounded: where two share a place, the newer count
//! stays. Must never tell by its answers whether a client exists: what is counted is the id that was presented.

use jeton_core::{limits, timestamp::Timestamp};
use std::{
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    sync::atomic::{AtomicU64, Ordering},
};

/// Bits of a place: who (32), which minute (16), how often (16).
const WHO: u32 = 32;
const MINUTE: u32 = 16;

/// The counts.
pub struct Throttle {
    hasher: RandomState,
    places: Box<[AtomicU64]>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { hasher: RandomState::new(), places: (0..limits::CLIENT_FAILURE_PLACES).map(|_| AtomicU64::new(0)).collect() }
    }
}

impl Throttle {
    /// Whether this client failed too often from this address within this minute.
    pub fn is_over_at(&self, client_id: &str, from: Option<IpAddr>, now: Timestamp) -> bool {
        let (place, head) = self.place(client_id, from, now);
        let kept = place.map_or(0, |place| place.load(Ordering::Relaxed));
        kept >> MINUTE == head && kept & 0xffff >= limits::CLIENT_FAILURES_PER_MINUTE
    }
    /// Counts a failure.
    pub fn count_at(&self, client_id: &str, from: Option<IpAddr>, now: Timestamp) {
        let (place, head) = self.place(client_id, from, now);
        let next = |kept: u64| {
            let count = if kept >> MINUTE == head { kept & 0xffff } else { 0 };
            Some(head << MINUTE | (count + 1).min(0xffff))
        };
        let _counted = place.map(|place| place.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next));
    }
    /// The place of a client and an address, and what stands there in front of the count.
    fn place(&self, client_id: &str, from: Option<IpAddr>, now: Timestamp) -> (Option<&AtomicU64>, u64) {
        let hash = self.hasher.hash_one((client_id, from.map(network)));
        let minute = now.as_seconds().div_euclid(60).unsigned_abs() & 0xffff;
        let index = usize::try_from((hash >> WHO) % limits::CLIENT_FAILURE_PLACES as u64).unwrap_or(0);
        (self.places.get(index), (hash & 0xffff_ffff) << MINUTE | minute)
    }
}

/// Whoever has one address of an IPv6 network has all of it.
fn network(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(own) => u64::from(own.to_bits()),
        IpAddr::V6(own) => u64::try_from(own.to_bits() >> 64).unwrap_or(u64::MAX),
    }
}

impl std::fmt::Debug for Throttle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Throttle({})", self.places.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::timestamp::Span;
    use std::net::{Ipv4Addr, Ipv6Addr};

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn failures_count_for_one_client_at_one_address_in_one_minute() {
        let throttle = Throttle::default();
        let [here, there] = [1, 2].map(|last| Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))));
        for _ in 0..limits::CLIENT_FAILURES_PER_MINUTE {
            assert!(!throttle.is_over_at("a", here, NOW));
            throttle.count_at("a", here, NOW);
        }
        assert!(throttle.is_over_at("a", here, NOW));
        assert!(!throttle.is_over_at("a", there, NOW) && !throttle.is_over_at("b", here, NOW) && !throttle.is_over_at("a", None, NOW));
        assert!(!throttle.is_over_at("a", here, NOW.plus(Span::from_minutes(1))), "the next minute begins anew");
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let of = |last| Some(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last)));
        let throttle = Throttle::default();
        (0..limits::CLIENT_FAILURES_PER_MINUTE).for_each(|number| throttle.count_at("a", of(number as u16), NOW));
        assert!(throttle.is_over_at("a", of(999), NOW));
        let mapped = |last| Some(IpAddr::V6(Ipv4Addr::new(192, 0, 2, last).to_ipv6_mapped()));
        (0..limits::CLIENT_FAILURES_PER_MINUTE).for_each(|_| throttle.count_at("a", mapped(1), NOW));
        assert!(throttle.is_over_at("a", mapped(1), NOW) && !throttle.is_over_at("a", mapped(2), NOW), "IPv4 is no network of IPv6");
    }
}
