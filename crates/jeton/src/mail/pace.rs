//! How often somebody has mail sent: by account and by network, so that nobody's mailbox is flooded and no address is a sender of spam.

use jeton_core::{
    allowance::{Rate, RateState, Spent},
    limits,
    timestamp::Timestamp,
};
use parking_lot::Mutex;
use quick_cache::unsync::Cache;
use std::net::IpAddr;

const RATE: Rate = Rate { requests: limits::MAILS_PER_WINDOW as u64, per_seconds: 3600, burst: Some(limits::MAILS_PER_WINDOW as u64) };

/// What was asked for of late.
pub struct Pace(Mutex<Cache<String, RateState>>);

impl Pace {
    /// Counts one more message to an account or address; whether it may be sent.
    pub fn admits_to(&self, whom: &str, now: Timestamp) -> bool {
        self.admits(format!("to {}", whom.trim().to_lowercase()), now)
    }
    /// Counts one more message that somebody asks for from there; whether it may be sent.
    pub fn admits_from(&self, address: Option<IpAddr>, now: Timestamp) -> bool {
        let network = match address.map(|address| address.to_canonical()) {
            None => "none".to_owned(),
            Some(IpAddr::V4(own)) => own.to_string(),
            Some(IpAddr::V6(own)) => format!("{:x}", own.to_bits() >> 64),
        };
        self.admits(format!("from {network}"), now)
    }
    fn admits(&self, key: String, now: Timestamp) -> bool {
        let mut seen = self.0.lock();
        let mut state = seen.get(&key).cloned().unwrap_or_default();
        let admitted = matches!(RATE.spend_at(&mut state, 1, now), Spent::Room { .. });
        seen.insert(key, state);
        admitted
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self(Mutex::new(Cache::new(limits::MAIL_COUNTERS_MAX)))
    }
}

impl std::fmt::Debug for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pace({})", self.0.lock().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::timestamp::Span;

    #[test]
    fn nobody_is_flooded() {
        let (pace, now) = (Pace::default(), Timestamp::from_seconds(1_800_000_000));
        let sent = (0..20).filter(|_| pace.admits_to("Ada@Example.com ", now)).count();
        assert_eq!(sent, limits::MAILS_PER_WINDOW as usize);
        assert!(!pace.admits_to("ada@example.com", now), "however it is written");
        assert!(pace.admits_to("bob@example.com", now));
        assert!(pace.admits_to("ada@example.com", now.plus(Span::from_hours(1))));
        let from = |text: &str| pace.admits_from(text.parse().ok(), now);
        assert_eq!((0..20).filter(|host| from(&format!("2001:db8::{host:x}"))).count(), limits::MAILS_PER_WINDOW as usize);
        assert!(from("192.0.2.1"));
    }
}
