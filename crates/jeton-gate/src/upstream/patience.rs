//! How long the head of an answer is waited for: from the last movement of the request's body on. Must never end while that still moves.

use super::body::BodyProgress;
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};

/// The wait for one answer.
pub(super) struct Patience {
    deadline: Instant,
    answer: Duration,
    progress: Option<Arc<BodyProgress>>,
}

impl Patience {
    /// Begins now; `progress` is that of the request's body.
    pub(super) fn new(answer: Duration, progress: Option<Arc<BodyProgress>>) -> Self {
        Self { deadline: Instant::now() + answer, answer, progress }
    }
    /// When it is to be asked whether it is over.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }
    /// Whether it is over, now that its deadline has come; if not, there is a later one.
    pub(super) fn is_over(&mut self) -> bool {
        match self.progress.as_ref().map(|progress| progress.moved_at() + self.answer) {
            Some(later) if later > self.deadline => {
                self.deadline = later;
                false
            }
            _ => true,
        }
    }
    /// What `future` comes to, if it does in time.
    pub(super) async fn wait_for<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        loop {
            match timeout_at(self.deadline, future.as_mut()).await {
                Ok(done) => return Some(done),
                Err(_) if self.is_over() => return None,
                Err(_) => {}
            }
        }
    }
}
