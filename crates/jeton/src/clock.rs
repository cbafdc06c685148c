//! The program's clock: the wall clock at start, carried on by the monotonic one, and never earlier than it was.
//!
//! A wall clock that is set back changes nothing: what has expired stays expired. One that jumps ahead is followed. Across a
//! restart the floor comes from outside the process (the newest instant that was written down before).

use jeton_core::timestamp::Timestamp;
use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// A clock for tokens' instants. Reading it takes no lock and writes nothing that readers share.
#[derive(Debug)]
pub struct MonotonicClock {
    started: Instant,
    /// Wall clock at `started`, in microseconds; only ever raised.
    base: AtomicI64,
}

impl MonotonicClock {
    /// A clock that is at least at `floor`.
    pub fn starting_at_least(floor: Timestamp) -> Self {
        Self { started: Instant::now(), base: AtomicI64::new(wall().max(floor.as_micros())) }
    }

    /// Follows the wall clock where that has gone ahead. Called about once a second.
    pub fn catch_up(&self) {
        self.raise_to(wall());
    }

    /// How far the wall clock is behind this one, in microseconds: more than a little means that it was set back.
    pub fn lead_micros(&self) -> i64 {
        self.micros() - wall()
    }

    fn raise_to(&self, wall: i64) {
        self.base.fetch_max(wall - self.elapsed(), Ordering::Relaxed);
    }

    fn micros(&self) -> i64 {
        self.base.load(Ordering::Relaxed).saturating_add(self.elapsed())
    }

    fn elapsed(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX)
    }
}

impl jeton_gate::port::Clock for MonotonicClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.micros())
    }
}

fn wall() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_gate::port::Clock;

    #[test]
    fn follows_jumps_ahead_and_ignores_jumps_back() {
        let clock = MonotonicClock::starting_at_least(Timestamp::default());
        let before = clock.now();
        clock.raise_to(before.as_micros() - 3_600_000_000);
        assert!(clock.now() >= before);
        clock.raise_to(before.as_micros() + 3_600_000_000);
        assert!(clock.now().as_micros() >= before.as_micros() + 3_600_000_000);
    }

    #[test]
    fn starts_no_earlier_than_its_floor() {
        let floor = Timestamp::from_micros(wall() + 86_400_000_000);
        let clock = MonotonicClock::starting_at_least(floor);
        assert!(clock.now() >= floor);
        assert!(clock.lead_micros() > 0);
    }
}
