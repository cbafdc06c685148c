//! Reads the change log once for all gates that ask for what comes after the same place: a change wakes them all at the same moment.
//! Must never give a gate what was read before it asked: its answer would look newer than it is.

use jeton_core::{change::Revision, limits};
use jeton_store::{StoreError, change::Changes};
use quick_cache::sync::Cache;
use std::{sync::Arc, time::Instant};
use tokio::sync::Mutex;

/// What was read of late, by the place that it comes after.
pub(super) struct ReadTogether(Cache<Revision, Arc<Mutex<Option<Read>>>>);

/// What was read, and when that began.
struct Read {
    begun: Instant,
    changes: Arc<Changes>,
}

impl Default for ReadTogether {
    fn default() -> Self {
        Self(Cache::new(limits::PLACES_READ_TOGETHER))
    }
}

impl ReadTogether {
    /// What comes after a place, for somebody who asked at `asked`; `read` reads it where nobody has since.
    pub(super) async fn after(
        &self,
        after: Revision,
        asked: Instant,
        read: impl AsyncFnOnce() -> Result<Changes, StoreError>,
    ) -> Result<Arc<Changes>, StoreError> {
        let place = self.0.get(&after).unwrap_or_else(|| {
            let place = Arc::default();
            self.0.insert(after, Arc::clone(&place));
            place
        });
        let mut last = place.lock().await;
        // Where nothing had come, something may have come since.
        let known = last.as_ref().filter(|last| last.begun >= asked && !last.changes.changes.is_empty());
        if let Some(known) = known {
            return Ok(Arc::clone(&known.changes));
        }
        let begun = Instant::now();
        let changes = Arc::new(read().await?);
        *last = Some(Read { begun, changes: Arc::clone(&changes) });
        Ok(changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::{
        change::{Change, Changed},
        timestamp::Timestamp,
    };

    fn reaching(place: u64) -> Changes {
        let change = |place| Change { revision: Revision(place), at: Timestamp::from_seconds(0), what: Changed::Everything };
        Changes { changes: (8..=place).map(change).collect(), head: Revision(place), truncated: false }
    }

    /// Asks for what comes after place 7, where a reading would find what reaches `found`; gives what is told.
    async fn ask(together: &ReadTogether, asked: Instant, found: u64) -> Revision {
        together.after(Revision(7), asked, async || Ok(reaching(found))).await.expect("read").head
    }

    #[tokio::test]
    async fn who_asked_before_a_reading_shares_it_and_nobody_else() {
        let together = ReadTogether::default();
        let first = Instant::now();
        assert_eq!(ask(&together, first, 7).await, Revision(7));
        assert_eq!(ask(&together, first, 8).await, Revision(8), "nothing had come: it is read again");
        assert_eq!(ask(&together, first, 9).await, Revision(8), "both had asked before it was read");
        let later = Instant::now();
        assert_eq!(ask(&together, later, 9).await, Revision(9), "it was read before this one asked");
        let failed = together.after(Revision(7), Instant::now(), async || Err(StoreError::Unavailable("away".into()))).await;
        assert!(matches!(failed, Err(StoreError::Unavailable(_))));
        assert_eq!(together.after(Revision(6), first, async || Ok(reaching(10))).await.expect("read").head, Revision(10), "another place");
    }
}
