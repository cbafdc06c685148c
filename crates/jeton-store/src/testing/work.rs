//! How much of a store's work something takes: what tells of it without a clock.
//!
//! Counts for tests alone; nothing may come to depend on it.

use std::{cell::Cell, future::Future};

tokio::task_local! {
    static DONE: Cell<u64>;
}

/// Does something, and counts the statements that read for it and the operations that it has the writer do. What it leaves to other
/// tasks is not its own.
pub async fn work_of<F: Future>(something: F) -> (F::Output, u64) {
    let counted = async {
        let output = something.await;
        (output, DONE.with(Cell::get))
    };
    DONE.scope(Cell::new(0), counted).await
}

/// A statement or an operation is about to be done.
pub(crate) fn count() {
    let _of_nobody_who_counts = DONE.try_with(|done| done.set(done.get() + 1));
}
