//! How new the memory is: the last change that it has taken in, and when it was last known to be up to date. Measured on the
//! monotonic clock only.

use jeton_core::change::Revision;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};
use tokio::sync::Notify;

/// How far back an instant may lie that the memory was up to date at: longer than any memory is served from.
const BEFORE: Duration = Duration::from_secs(2 * 3600);

/// How new the memory is.
pub(crate) struct Freshness {
    base: Instant,
    /// Every change up to this one was taken in.
    applied: AtomicU64,
    /// When the end of the change log was last seen, in nanoseconds after `base`, plus one; 0 for never.
    fresh_at: AtomicU64,
    /// Wakes who waits for a change.
    moved: Notify,
}

impl Freshness {
    pub(crate) fn new(now: Instant) -> Self {
        // Begins before the process where the clock allows that: what a process before this one knew may be told of.
        let base = now.checked_sub(BEFORE).unwrap_or(now);
        Self { base, applied: AtomicU64::new(0), fresh_at: AtomicU64::new(0), moved: Notify::new() }
    }
    /// The change log ended at `head` at the instant `at`, and everything up to it is taken in.
    pub(crate) fn reached(&self, head: Revision, at: Instant) {
        self.applied.fetch_max(head.0, Ordering::AcqRel);
        // An instant before the beginning is too long ago to count.
        if let Some(since) = at.checked_duration_since(self.base) {
            let nanos = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX - 1);
            self.fresh_at.fetch_max(nanos + 1, Ordering::AcqRel);
        }
        self.moved.notify_waiters();
    }
    /// Takes note of a change that was taken in on the way: counts only where it is the next one.
    pub(crate) fn took_in(&self, revision: Revision) {
        let next = revision.0.checked_sub(1);
        if let Some(before) = next {
            // A failure means that it is in already, or that changes before it are missing: then the follower brings them.
            let _ = self.applied.compare_exchange(before, revision.0, Ordering::AcqRel, Ordering::Acquire);
            self.moved.notify_waiters();
        }
    }
    pub(crate) fn applied(&self) -> Revision {
        Revision(self.applied.load(Ordering::Acquire))
    }
    /// Waits until every change up to `wanted` was taken in, for `at_most`; says whether it was.
    pub(crate) async fn wait_for(&self, wanted: Revision, at_most: Duration) -> bool {
        let arrived = async {
            loop {
                let moved = self.moved.notified();
                tokio::pin!(moved);
                // Listening before looking: what moves in between is not missed.
                moved.as_mut().enable();
                if self.applied() >= wanted {
                    return;
                }
                moved.await;
            }
        };
        tokio::time::timeout(at_most, arrived).await.is_ok()
    }
    /// How long ago the memory was known to be up to date; `None` when it never was.
    pub(crate) fn age(&self, now: Instant) -> Option<Duration> {
        let fresh_at = self.fresh_at.load(Ordering::Acquire).checked_sub(1)?;
        Some(now.saturating_duration_since(self.base).saturating_sub(Duration::from_nanos(fresh_at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_never_fresh_before_the_first_look() {
        let base = Instant::now();
        let freshness = Freshness::new(base);
        assert_eq!(freshness.age(base), None);
        freshness.reached(Revision(3), base);
        assert_eq!(freshness.age(base + Duration::from_secs(5)), Some(Duration::from_secs(5)));
        freshness.reached(Revision(2), base + Duration::from_secs(4));
        assert_eq!(freshness.applied(), Revision(3), "the place never goes back");
        assert_eq!(freshness.age(base + Duration::from_secs(5)), Some(Duration::from_secs(1)));
    }

    #[tokio::test]
    async fn who_waits_is_woken_by_every_way_of_moving() {
        let freshness = Freshness::new(Instant::now());
        let long = Duration::from_secs(60);
        let (one, two, far, ()) = tokio::join!(
            freshness.wait_for(Revision(1), long),
            freshness.wait_for(Revision(2), long),
            freshness.wait_for(Revision(3), Duration::from_millis(1)),
            async {
                tokio::task::yield_now().await;
                freshness.took_in(Revision(1));
                tokio::task::yield_now().await;
                freshness.reached(Revision(2), Instant::now());
            }
        );
        assert_eq!((one, two, far), (true, true, false));
        assert!(freshness.wait_for(Revision(2), Duration::ZERO).await, "what is there already is not waited for");
    }

    #[test]
    fn a_gap_is_not_jumped() {
        let freshness = Freshness::new(Instant::now());
        freshness.took_in(Revision(1));
        freshness.took_in(Revision(3));
        assert_eq!(freshness.applied(), Revision(1));
        freshness.took_in(Revision(2));
        assert_eq!(freshness.applied(), Revision(2));
    }
}
