//! Mistyped user codes, counted for each person, each address and all together: guessing must be hopeless (RFC 8628, section 5.1).
//! Bounded; where there is no room any more, everybody waits.

use jeton_core::{id::UserId, limits, timestamp::Span, timestamp::Timestamp};
use parking_lot::Mutex;
use std::{collections::HashMap, net::IpAddr};

/// Who guesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Guesser {
    Person(UserId),
    /// Whoever has one address of an IPv6 network has all of it.
    Network(u64),
}

/// The counts of the window that runs.
#[derive(Debug, Default)]
pub struct Guesses(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    began_at: Timestamp,
    all: u32,
    by: HashMap<Guesser, u32>,
}

impl Guesses {
    /// How long whoever this is must wait, where there were too many guesses.
    pub fn wait_at(&self, user: UserId, from: Option<IpAddr>, now: Timestamp) -> Option<Span> {
        let mut window = self.0.lock();
        window.turn_at(now);
        let is_full = window.by.len() >= limits::USER_CODE_GUESSERS_MAX;
        let over = |guesser: &Guesser| window.by.get(guesser).is_some_and(|count| *count >= limits::USER_CODE_GUESSES);
        let is_over = is_full || window.all >= limits::USER_CODE_GUESSES_IN_ALL || guessers(user, from).iter().any(over);
        is_over.then(|| window.began_at.plus(limits::USER_CODE_WINDOW).since(now))
    }
    /// Counts a code that no device has.
    pub fn count_at(&self, user: UserId, from: Option<IpAddr>, now: Timestamp) {
        let mut window = self.0.lock();
        window.turn_at(now);
        window.all = window.all.saturating_add(1);
        for guesser in guessers(user, from) {
            let count = window.by.entry(guesser).or_default();
            *count = count.saturating_add(1);
        }
    }
}

impl Window {
    /// Begins a new window where the time of this one is over.
    fn turn_at(&mut self, now: Timestamp) {
        if now >= self.began_at.plus(limits::USER_CODE_WINDOW) || now < self.began_at {
            *self = Self { began_at: now, ..Self::default() };
        }
    }
}

fn guessers(user: UserId, from: Option<IpAddr>) -> Vec<Guesser> {
    let network = from.map(|address| match address.to_canonical() {
        IpAddr::V4(own) => u64::from(own.to_bits()),
        IpAddr::V6(own) => u64::try_from(own.to_bits() >> 64).unwrap_or(u64::MAX),
    });
    std::iter::once(Guesser::Person(user)).chain(network.map(Guesser::Network)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn user(n: u16) -> UserId {
        let mut random = [0; 16];
        random[..2].copy_from_slice(&n.to_be_bytes());
        random[15] = 1;
        UserId::from_random([random[0], random[1], 3, 4, 5, 6, 7, 8, 9, 10, 11, random[0], random[1], 14, random[0], random[1]])
    }

    #[test]
    fn a_person_and_an_address_have_few_guesses() {
        let guesses = Guesses::default();
        let address = Some(IpAddr::from([192, 0, 2, 1]));
        for _ in 0..limits::USER_CODE_GUESSES {
            assert_eq!(guesses.wait_at(user(1), address, NOW), None);
            guesses.count_at(user(1), address, NOW);
        }
        assert_eq!(guesses.wait_at(user(1), None, NOW), Some(limits::USER_CODE_WINDOW), "elsewhere too");
        assert!(guesses.wait_at(user(2), address, NOW).is_some(), "another account at the same address");
        assert_eq!(guesses.wait_at(user(2), None, NOW), None);
        assert_eq!(guesses.wait_at(user(1), address, NOW.plus(limits::USER_CODE_WINDOW)), None);
    }

    #[test]
    fn all_together_have_few_guesses() {
        let guesses = Guesses::default();
        for n in 0..limits::USER_CODE_GUESSES_IN_ALL {
            assert_eq!(guesses.wait_at(user(n as u16), None, NOW), None);
            guesses.count_at(user(n as u16), None, NOW);
        }
        assert!(guesses.wait_at(user(9999), None, NOW).is_some());
    }
}
