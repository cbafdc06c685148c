//! Calls by hour and outcome, as far back as they are shown. Hours that are over do not change any more and are counted once; each
//! statement looks at as much as it can in a short time.

use super::Outcomes;
use jeton_core::{
    id::OrganisationId,
    timestamp::{Span, Timestamp},
};
use jeton_store::{Store, StoreError};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// How far back calls are shown.
const SHOWN: Span = Span::from_days(30);
/// Hours that are counted again: use is written some seconds after it was, and by other nodes later than by this one.
const OPEN: Span = Span::from_hours(1);
/// A statement that took less than this may look at twice as many hours,
const QUICK: Duration = Duration::from_millis(40);
/// and one that took more at half as many.
const SLOW: Duration = Duration::from_millis(400);
/// Most hours of one statement.
const HOURS_MAX: u32 = 240;

/// Calls by hour and outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    hours: BTreeMap<Timestamp, BTreeMap<String, u64>>,
    /// All since then is counted; `None` before anything is.
    since: Option<Timestamp>,
    /// What began before then is counted for good.
    open_since: Timestamp,
}

impl Counted {
    /// All since then is counted.
    pub const fn since(&self) -> Option<Timestamp> {
        self.since
    }
    /// Whether all that is shown is counted.
    pub fn is_whole_at(&self, now: Timestamp) -> bool {
        self.since.is_some_and(|since| since <= now.minus(SHOWN).hour())
    }
    /// Counts what is new, and further back until `deadline`.
    pub async fn go_on(&mut self, store: &Store, owner: OrganisationId, now: Timestamp, deadline: Instant) -> Result<(), StoreError> {
        let end = now.hour().plus(Span::from_hours(1));
        let oldest = now.minus(SHOWN).hour();
        let begin = self.since.map_or(now.hour(), |_| self.open_since.max(oldest));
        self.count(store, owner, begin, end).await?;
        self.since = Some(self.since.unwrap_or(begin));
        self.open_since = now.minus(OPEN).hour();
        self.hours.retain(|hour, _| *hour >= oldest);
        let mut hours = 1;
        while let Some(since) = self.since.filter(|since| *since > oldest && Instant::now() < deadline) {
            let begin = since.minus(Span::from_hours(hours)).max(oldest);
            let started = Instant::now();
            self.count(store, owner, begin, since).await?;
            self.since = Some(begin);
            hours = match started.elapsed() {
                took if took < QUICK => (hours * 2).min(HOURS_MAX),
                took if took > SLOW => (hours / 2).max(1),
                _ => hours,
            };
        }
        Ok(())
    }
    async fn count(&mut self, store: &Store, owner: OrganisationId, from: Timestamp, until: Timestamp) -> Result<(), StoreError> {
        let totals = store.usage_totals(owner, from, until).await?;
        self.hours.retain(|hour, _| *hour < from || *hour >= until);
        for total in totals {
            self.hours.entry(total.hour).or_default().insert(total.outcome, total.count);
        }
        Ok(())
    }
    /// The last `count` stretches of `hours` hours, the oldest first; the last one is under way.
    pub fn stretches_at(&self, now: Timestamp, count: u32, hours: u32) -> Vec<(Timestamp, Outcomes)> {
        let length = Span::from_hours(hours);
        let end = now.hour().plus(Span::from_hours(1));
        let mut begin = end.minus(Span::from_hours(hours.saturating_mul(count)));
        let mut stretches = Vec::new();
        while begin < end {
            let mut sums = Outcomes::default();
            for (outcome, count) in self.hours.range(begin..begin.plus(length)).flat_map(|(_, outcomes)| outcomes) {
                sums.add(outcome, *count);
            }
            stretches.push((begin, sums));
            begin = begin.plus(length);
        }
        stretches
    }
    /// How often each refusal was given since an instant, the commonest first.
    pub fn refusals_since(&self, from: Timestamp) -> Vec<(String, u64)> {
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        for (outcome, count) in self.hours.range(from.hour()..).flat_map(|(_, outcomes)| outcomes).filter(|(code, _)| *code != "ok") {
            *sums.entry(outcome).or_default() += count;
        }
        let mut sums: Vec<(String, u64)> = sums.into_iter().map(|(code, count)| (code.to_owned(), count)).collect();
        sums.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn counted(hours: &[(u32, &str, u64)]) -> Counted {
        let mut counted = Counted::default();
        for (ago, outcome, count) in hours {
            let hour = NOW.hour().minus(Span::from_hours(*ago));
            counted.hours.entry(hour).or_default().insert((*outcome).to_owned(), *count);
        }
        counted
    }

    #[test]
    fn stretches_end_with_the_hour_that_is_under_way() {
        let counted = counted(&[(0, "ok", 1), (1, "ok", 2), (1, "expired", 3), (23, "ok", 4), (24, "ok", 100)]);
        let day = counted.stretches_at(NOW, 24, 1);
        assert_eq!((day.len(), day[23].1.passed, day[22].1.passed, day[22].1.refused, day[0].1.passed), (24, 1, 2, 3, 4));
        let days = counted.stretches_at(NOW, 30, 24);
        assert_eq!((days.len(), days[29].1.passed, days[28].1.passed), (30, 7, 100));
    }

    #[test]
    fn the_commonest_refusal_comes_first() {
        let counted = counted(&[(0, "expired", 1), (2, "revoked", 5), (2, "ok", 9), (3, "expired", 1), (30, "expired", 50)]);
        let refusals = counted.refusals_since(NOW.minus(Span::from_hours(24)));
        assert_eq!(refusals, [("revoked".to_owned(), 5), ("expired".to_owned(), 2)]);
    }
}
