//! Wakes a task for a part of its work, and knows whether that part has called. What calls while the task looks at it anyway wakes
//! nobody, so that no task is run a second time for what it has just done itself. Must never lose a call: one that nobody was woken by
//! is remembered.

use parking_lot::Mutex;
use std::{
    sync::Arc,
    task::{Wake, Waker},
};

/// What calls when a part of a task's work can go on: a waker for that part.
#[derive(Default)]
pub(crate) struct Nudge(Mutex<State>);

#[derive(Default)]
struct State {
    /// Woken by the next call if it is `waiting`.
    task: Option<Waker>,
    waiting: bool,
    /// Whether there was a call while nobody was waiting.
    called: bool,
}

impl Nudge {
    /// The task looks now: calls wake nobody, and those of before are answered by looking.
    pub(crate) fn hush(&self) {
        let mut state = self.0.lock();
        (state.waiting, state.called) = (false, false);
    }
    /// Whether this task waits, and nothing has called since.
    pub(crate) fn still_waits(&self, task: &Waker) -> bool {
        let state = self.0.lock();
        state.waiting && state.task.as_ref().is_some_and(|own| own.will_wake(task))
    }
    /// The task waits. If there was a call since it began to look, it is woken at once.
    pub(crate) fn wait(&self, task: &Waker) {
        let mut state = self.0.lock();
        if state.called {
            drop(state);
            task.wake_by_ref();
            return;
        }
        if !state.task.as_ref().is_some_and(|own| own.will_wake(task)) {
            state.task = Some(task.clone());
        }
        state.waiting = true;
    }
}

impl Wake for Nudge {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }
    fn wake_by_ref(self: &Arc<Self>) {
        let mut state = self.0.lock();
        if !std::mem::take(&mut state.waiting) {
            state.called = true;
            return;
        }
        let task = state.task.clone();
        drop(state);
        if let Some(task) = task {
            task.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn no_call_is_lost_and_none_wakes_who_looks() {
        let (nudge, count) = (Arc::new(Nudge::default()), Arc::new(Count::default()));
        let (call, task) = (Waker::from(Arc::clone(&nudge)), Waker::from(Arc::clone(&count)));
        let woken = || count.0.load(Ordering::Relaxed);
        nudge.hush();
        nudge.wait(&task);
        assert_eq!(woken(), 0, "nothing happened");
        assert!(nudge.still_waits(&task) && !nudge.still_waits(Waker::noop()));
        call.wake_by_ref();
        assert!(!nudge.still_waits(&task));
        call.wake_by_ref();
        assert_eq!(woken(), 1, "once for both");
        nudge.hush();
        call.wake_by_ref();
        assert_eq!(woken(), 1, "it looks anyway");
        nudge.wait(&task);
        assert_eq!(woken(), 2, "it had looked before the call");
        nudge.hush();
        nudge.wait(&task);
        assert_eq!(woken(), 2, "looked again");
    }
}
