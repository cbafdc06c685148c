//! When keys are published, put to use and removed. Pure: the clock is an argument.

use jeton_core::{
    limits,
    timestamp::{Span, Timestamp},
};

/// The rhythm of rotation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    /// A key signs for this long.
    pub(super) rotate_every: Span,
    /// And is in the key set for this long before.
    pub(super) publish_before: Span,
}

impl Schedule {
    /// From when the next key shall sign, if it is time to publish it: the newest one signs (or will) from `newest`.
    pub(super) fn due_at(self, newest: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let planned = newest.plus(self.rotate_every);
        let publish_at = planned.minus(self.publish_before);
        // After a long stop the plan lies in the past: the new key still gets its time in the key set.
        (now >= publish_at).then(|| planned.max(now.plus(self.publish_before)))
    }
}

/// When the keys before a new one stop verifying: the last token that they can sign has expired everywhere by then.
pub(super) fn older_removed_at(signs_from: Timestamp) -> Timestamp {
    signs_from.plus(limits::JWT_LIFE_MAX).plus(limits::JWT_SKEW_MAX).plus(limits::JWT_SKEW_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEDULE: Schedule = Schedule { rotate_every: Span::from_days(90), publish_before: Span::from_days(1) };

    fn day(n: u32) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000).plus(Span::from_days(n))
    }

    #[test]
    fn the_next_key_is_published_a_day_before_it_signs() {
        assert_eq!(SCHEDULE.due_at(day(0), day(88)), None);
        assert_eq!(SCHEDULE.due_at(day(0), day(89)), Some(day(90)));
    }

    #[test]
    fn after_a_long_stop_it_still_has_its_day() {
        assert_eq!(SCHEDULE.due_at(day(0), day(200)), Some(day(201)));
    }

    #[test]
    fn old_keys_outlive_every_token_that_they_signed() {
        assert!(older_removed_at(day(0)) > day(0).plus(limits::JWT_LIFE_MAX));
    }
}
