//! What this process committed itself. The gate is told of it before it is answered, so that a stretch of tokens need not be
//! read from the change log again: issuing thousands a second would read each of them twice.

use jeton_core::change::{Change, Changed, Revision};
use jeton_store::Store;
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::sync::Notify;

/// Own commits that were not looked at yet.
pub(super) struct OwnCommits {
    pub(super) unseen: Mutex<Option<Stretch>>,
    pub(super) told: Notify,
}

/// Commits one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) first: Revision,
    pub(super) last: Revision,
    /// No place is missing between the two.
    pub(super) whole: bool,
    /// All of it is about tokens and cuts, which the gate forgets by itself.
    pub(super) tokens_only: bool,
}

impl OwnCommits {
    /// Those of a store, from now on.
    pub(super) fn of(store: &Store) -> Arc<Self> {
        let own = Arc::new(Self { unseen: Mutex::new(None), told: Notify::new() });
        let writer = Arc::clone(&own);
        store.subscribe_commits(Arc::new(move |changes: &[Change]| {
            if let Some(next) = Stretch::of(changes) {
                let mut unseen = writer.unseen.lock();
                *unseen = Some(unseen.map_or(next, |before| before.and(next)));
                writer.told.notify_one();
            }
        }));
        own
    }
}

impl Stretch {
    fn of(changes: &[Change]) -> Option<Self> {
        let (first, last) = (changes.first()?.revision, changes.last()?.revision);
        let whole = changes.windows(2).all(|pair| matches!(pair, [one, next] if next.revision.0 == one.revision.0 + 1));
        let tokens_only = changes.iter().all(|change| matches!(change.what, Changed::Token(_) | Changed::Cut(_)));
        Some(Self { first, last, whole, tokens_only })
    }
    fn and(self, next: Self) -> Self {
        let whole = self.whole && next.whole && next.first.0 == self.last.0 + 1;
        let tokens_only = self.tokens_only && next.tokens_only;
        Self { first: self.first, last: next.last.max(self.last), whole, tokens_only }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::{id::TokenId, timestamp::Timestamp};

    fn changes(places: &[u64]) -> Vec<Change> {
        let what = Changed::Token(TokenId::from_random([1; 16]));
        places.iter().map(|place| Change { revision: Revision(*place), at: Timestamp::default(), what: what.clone() }).collect()
    }
    fn stretch(places: &[u64]) -> Stretch {
        Stretch::of(&changes(places)).expect("changes")
    }

    #[test]
    fn stretches_join_where_nothing_is_missing() {
        assert_eq!(Stretch::of(&[]), None);
        let joined = stretch(&[4, 5]).and(stretch(&[6]));
        assert_eq!((joined.first, joined.last, joined.whole, joined.tokens_only), (Revision(4), Revision(6), true, true));
        assert!(!stretch(&[4, 6]).whole);
        assert!(!stretch(&[4]).and(stretch(&[6])).whole);
        let mut other = changes(&[7]);
        other.extend([Change { what: Changed::SigningKeys, revision: Revision(8), at: Timestamp::default() }]);
        let mixed = joined.and(Stretch::of(&other).expect("changes"));
        assert!(mixed.whole && !mixed.tokens_only);
    }
}
