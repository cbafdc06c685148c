//! Ids that were looked up and do not exist, remembered for a few seconds. Forgotten at once when a change names them, since
//! a token can be issued under an id after somebody asked for it.

use jeton_core::{id::TokenId, limits};
use quick_cache::sync::Cache;
use std::time::{Duration, Instant};

/// Ids that do not exist.
pub(crate) struct Unknown {
    until: Cache<TokenId, Instant>,
    life: Duration,
}

impl Unknown {
    pub(crate) fn new(life: Duration) -> Self {
        Self { until: Cache::new(limits::UNKNOWN_REMEMBERED), life }
    }
    pub(crate) fn remember(&self, id: TokenId, now: Instant) {
        self.until.insert(id, now + self.life);
    }
    pub(crate) fn holds(&self, id: TokenId, now: Instant) -> bool {
        self.until.get(&id).is_some_and(|until| now < until)
    }
    pub(crate) fn forget(&self, id: TokenId) {
        self.until.remove(&id);
    }
    pub(crate) fn clear(&self) {
        self.until.clear();
    }
    pub(crate) fn len(&self) -> usize {
        self.until.len()
    }
}
