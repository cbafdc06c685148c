//! How many look-ups may find nothing, for each group of client addresses. A group's state is one number; nothing grows.

use jeton_core::{
    allowance::{Rate, RateState, Spent},
    limits,
    timestamp::Timestamp,
};
use parking_lot::Mutex;
use std::{
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    time::Instant,
};

/// The groups, each with what it has spent.
pub(crate) struct Misses {
    groups: Box<[Mutex<RateState>]>,
    hasher: RandomState,
    base: Instant,
}

const RATE: Rate = Rate { requests: limits::MISSES_PER_SECOND as u64, per_seconds: 1, burst: Some(limits::MISSES_BURST as u64) };

impl Misses {
    pub(crate) fn new() -> Self {
        Self { groups: (0..limits::MISS_GROUPS).map(|_| Mutex::default()).collect(), hasher: RandomState::new(), base: Instant::now() }
    }
    /// The group of an address: neighbours share one (a /24 of IPv4, a /48 of IPv6), so that one holder of many addresses
    /// does not count as many. Which networks meet in a group nobody outside can tell.
    pub(crate) fn group(&self, client_ip: Option<IpAddr>) -> usize {
        let network = client_ip.map(|address| match address.to_canonical() {
            IpAddr::V4(v4) => u64::from(v4.to_bits() >> 8),
            IpAddr::V6(v6) => 1 << 63 | u64::try_from(v6.to_bits() >> 80).unwrap_or(0),
        });
        usize::try_from(self.hasher.hash_one(network) % limits::MISS_GROUPS as u64).unwrap_or(0)
    }
    /// Whether one more miss of this group would be borne. Spends nothing.
    pub(crate) fn has_room(&self, group: usize, now: Instant) -> bool {
        self.groups.get(group).is_some_and(|state| {
            let mut copy = *state.lock();
            matches!(RATE.spend_at(&mut copy, 1, self.at(now)), Spent::Room { .. })
        })
    }
    /// Counts a miss.
    pub(crate) fn count(&self, group: usize, now: Instant) {
        if let Some(state) = self.groups.get(group) {
            // Without room it is not counted, and nobody of the group asks until there is some again.
            RATE.spend_at(&mut state.lock(), 1, self.at(now));
        }
    }
    fn at(&self, now: Instant) -> Timestamp {
        let micros = now.saturating_duration_since(self.base).as_micros();
        Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn from(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    #[test]
    fn a_group_has_its_burst_and_then_its_pace() {
        let misses = Misses::new();
        let group = misses.group(from("192.0.2.1"));
        assert_eq!(group, misses.group(from("::ffff:192.0.2.200")));
        let now = misses.base;
        for _ in 0..limits::MISSES_BURST {
            assert!(misses.has_room(group, now));
            misses.count(group, now);
        }
        assert!(!misses.has_room(group, now));
        assert!(misses.has_room(group, now + Duration::from_millis(10)));
        let others = (0..=255u8).filter(|part| misses.has_room(misses.group(from(&format!("198.51.{part}.1"))), now)).count();
        assert!(others > 250, "only {others} of 256 other networks have room");
    }
}
