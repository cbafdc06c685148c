//! When the change log reached which place, as this process saw it: what tells how long a change waits to be taken in. Bounded:
//! where there are many places, neighbours are taken together.

use jeton_core::{change::Revision, limits};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Places with the instant at which the first change up to them, and after the place before, was seen.
#[derive(Debug, Default)]
pub(super) struct Heads(VecDeque<(Revision, Instant)>);

impl Heads {
    /// The log has reached a place.
    pub(super) fn reached(&mut self, head: Revision, now: Instant) {
        if self.0.back().is_some_and(|(last, _)| *last >= head) {
            return;
        }
        self.0.push_back((head, now));
        if self.0.len() > limits::VERIFIER_HEADS_MAX {
            let pairs: Vec<_> = self.0.make_contiguous().chunks(2).filter_map(|pair| Some((pair.last()?.0, pair.first()?.1))).collect();
            self.0 = pairs.into();
        }
    }
    /// How long the oldest change after `revision` has been there; none where there is no later one.
    pub(super) fn waited(&self, revision: Revision, now: Instant) -> Option<Duration> {
        let at = self.0.partition_point(|(head, _)| *head <= revision);
        self.0.get(at).map(|(_, seen)| now.saturating_duration_since(*seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_change_that_is_missing_counts() {
        let base = Instant::now();
        let at = |seconds| base + Duration::from_secs(seconds);
        let mut heads = Heads::default();
        heads.reached(Revision(3), at(1));
        heads.reached(Revision(5), at(2));
        heads.reached(Revision(5), at(9));
        assert_eq!(heads.waited(Revision(2), at(10)), Some(Duration::from_secs(9)));
        assert_eq!(heads.waited(Revision(3), at(10)), Some(Duration::from_secs(8)));
        assert_eq!(heads.waited(Revision(5), at(10)), None);
    }

    #[test]
    fn many_places_are_taken_together_and_none_is_lost() {
        let base = Instant::now();
        let mut heads = Heads::default();
        for place in 1..=20_000 {
            heads.reached(Revision(place), base + Duration::from_millis(place));
        }
        assert!(heads.0.len() <= limits::VERIFIER_HEADS_MAX);
        let now = base + Duration::from_millis(20_000);
        for place in [0, 1, 9_999, 19_998] {
            let exact = Duration::from_millis(20_000 - place - 1);
            let waited = heads.waited(Revision(place), now).expect("later ones");
            assert!(waited >= exact, "{place}: {waited:?} is less than {exact:?}");
        }
    }
}
