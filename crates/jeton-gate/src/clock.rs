//! The clock of a running program: the wall clock, but never earlier than it said before. The one of Jeton itself, and of
//! whoever puts the gate as a layer into a program of their own.

use crate::port::Clock;
use jeton_core::timestamp::Timestamp;
use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// Runs with the monotonic clock, and follows the wall clock when that moves ahead. A wall clock that is set back is not
/// followed, so that nothing that has expired or was revoked comes back. Reading it takes no lock, and writes nothing that
/// readers share unless the wall clock has jumped. Across a restart the floor comes from outside the process: the newest
/// instant that was written down before.
#[derive(Debug)]
pub struct SystemClock {
    base: Instant,
    /// Microseconds since the epoch at `base`; only ever raised.
    offset: AtomicI64,
}

/// Differences up to this many microseconds are noise of reading two clocks.
const NOISE_MICROS: i64 = 1000;

impl SystemClock {
    /// A clock that starts with the wall clock's time.
    pub fn new() -> Self {
        Self::starting_at_least(Timestamp::default())
    }
    /// A clock that is never earlier than `floor`.
    pub fn starting_at_least(floor: Timestamp) -> Self {
        Self { base: Instant::now(), offset: AtomicI64::new(wall_micros().max(floor.as_micros())) }
    }
    fn at(&self, wall: i64, elapsed: i64) -> Timestamp {
        let wall_offset = wall.saturating_sub(elapsed);
        let mut offset = self.offset.load(Ordering::Relaxed);
        if wall_offset > offset.saturating_add(NOISE_MICROS) {
            offset = self.offset.fetch_max(wall_offset, Ordering::Relaxed).max(wall_offset);
        }
        Timestamp::from_micros(offset.saturating_add(elapsed))
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.base.elapsed().as_micros()).unwrap_or(i64::MAX);
        self.at(wall_micros(), elapsed)
    }
}

/// The wall clock, in microseconds since the epoch; 0 when it is set before that.
fn wall_micros() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_micros()).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_starts_no_earlier_than_its_floor_and_no_earlier_than_now() {
        let tomorrow = Timestamp::from_micros(wall_micros() + 86_400_000_000);
        let clock = SystemClock::starting_at_least(tomorrow);
        assert!(clock.now() >= tomorrow && clock.now() < Timestamp::from_micros(tomorrow.as_micros() + 3_600_000_000));
        assert!(SystemClock::new().now().as_micros() >= tomorrow.as_micros() - 86_400_000_000);
    }

    #[test]
    fn a_wall_clock_set_back_is_not_followed() {
        let clock = SystemClock { base: Instant::now(), offset: AtomicI64::new(1_000_000_000) };
        assert_eq!(clock.at(1_000_000_500, 500).as_micros(), 1_000_000_500);
        assert_eq!(clock.at(900_000_000, 600).as_micros(), 1_000_000_600, "set back");
        assert_eq!(clock.at(2_000_000_000, 700).as_micros(), 2_000_000_000, "set ahead");
        assert_eq!(clock.at(1_000_000_800, 800).as_micros(), 2_000_000_100, "and back again");
    }
}
