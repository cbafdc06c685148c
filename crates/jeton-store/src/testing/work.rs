//! How much a store is asked: what tells of its callers' work without a clock.
//!
//! Counts for tests alone; nothing may come to depend on it.

use crate::Store;
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// What was asked so far.
#[derive(Debug, Default)]
pub struct Work {
    statements: AtomicU64,
    writes: AtomicU64,
}

impl Work {
    /// Statements that read.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }
    /// Operations of the writer.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }
    pub(crate) fn count_write(&self) {
        self.writes.fetch_add(1, Ordering::Relaxed);
    }
}

impl Store {
    /// What this store was asked so far.
    pub fn work(&self) -> &Work {
        &self.inner.shared.work
    }
}

tokio::task_local! {
    static WORK: Arc<Work>;
}

/// Does what reads; its statements are counted for this store.
pub(crate) fn counted<F: Future>(work: &Arc<Work>, reading: F) -> impl Future<Output = F::Output> {
    WORK.scope(Arc::clone(work), reading)
}

/// A statement is about to be executed.
pub(crate) fn count_statement() {
    // What the writer does is counted by operations.
    let _elsewhere = WORK.try_with(|work| work.statements.fetch_add(1, Ordering::Relaxed));
}
