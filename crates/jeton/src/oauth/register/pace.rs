//! How often strangers of one network register clients. A network's state is one number; nothing grows.

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

const RATE: Rate =
    Rate { requests: limits::REGISTRATIONS_PER_HOUR as u64, per_seconds: 3600, burst: Some(limits::REGISTRATIONS_PER_HOUR as u64) };

/// The groups of networks, each with what it has spent.
#[derive(Debug)]
pub struct Pace {
    groups: Box<[Mutex<RateState>]>,
    hasher: RandomState,
    base: Instant,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            groups: (0..limits::REGISTRATION_GROUPS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            base: Instant::now(),
        }
    }
}

impl Pace {
    /// Counts one more registration from there, where it may be. Neighbours count as one (a /24 of IPv4, a /48 of IPv6).
    pub(super) fn admit(&self, client_ip: Option<IpAddr>) -> bool {
        let network = client_ip.map(|address| match address.to_canonical() {
            IpAddr::V4(v4) => u64::from(v4.to_bits() >> 8),
            IpAddr::V6(v6) => 1 << 63 | u64::try_from(v6.to_bits() >> 80).unwrap_or(0),
        });
        let group = usize::try_from(self.hasher.hash_one(network) % limits::REGISTRATION_GROUPS as u64).unwrap_or(0);
        let at = Timestamp::from_micros(i64::try_from(self.base.elapsed().as_micros()).unwrap_or(i64::MAX));
        self.groups.get(group).is_some_and(|state| matches!(RATE.spend_at(&mut state.lock(), 1, at), Spent::Room { .. }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_its_share_and_no_more() {
        let pace = Pace::default();
        let from = |text: &str| text.parse().ok();
        let admitted = (0..limits::REGISTRATIONS_PER_HOUR * 2).filter(|n| pace.admit(from(&format!("192.0.2.{}", n % 200)))).count();
        assert_eq!(admitted, limits::REGISTRATIONS_PER_HOUR as usize);
        let others = (0..=255).filter(|part| pace.admit(from(&format!("198.51.{part}.1")))).count();
        assert!(others > 250, "only {others} of 256 other networks have room");
    }
}
