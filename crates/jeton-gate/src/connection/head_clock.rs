//! The time that header sections may take. hyper would have an alarm of the runtime set for every request and taken back when its head
//! is there; here that only notes an instant, and one alarm of the connection looks at it, rarely. Must never be lenient: who looks is
//! told the very instant of the deadline that comes next, and no deadline comes sooner than it looks.

use hyper::rt::{Sleep, Timer};
use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

/// No header section is waited for.
const NONE: u64 = u64::MAX;

/// Until when the header section is waited for that is being read.
pub(super) struct HeadClock {
    base: Instant,
    /// In microseconds after `base`, or [`NONE`].
    deadline: AtomicU64,
    is_over: AtomicBool,
}

impl HeadClock {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { base: Instant::now(), deadline: AtomicU64::new(NONE), is_over: AtomicBool::new(false) })
    }
    /// Sees whether a deadline has come; whoever polls the connection next finds out. Gives the instant to look at again, where a
    /// header section may take `limit`.
    pub(super) fn look(&self, limit: Duration) -> Instant {
        let now = Instant::now();
        let latest = now + limit;
        let deadline = match self.deadline.load(Ordering::Relaxed) {
            NONE => return latest,
            micros => self.base + Duration::from_micros(micros),
        };
        let is_over = deadline <= now;
        self.is_over.store(is_over, Ordering::Relaxed);
        if is_over { latest } else { deadline.min(latest) }
    }
    fn wait_until(&self, deadline: Instant) {
        let micros = deadline.saturating_duration_since(self.base).as_micros();
        self.set(u64::try_from(micros).unwrap_or(NONE));
    }
    /// That the deadline before had come says nothing of this one: its section may have been there at the last moment.
    fn set(&self, deadline: u64) {
        self.deadline.store(deadline, Ordering::Relaxed);
        self.is_over.store(false, Ordering::Relaxed);
    }
}

/// The clock as hyper's timer. For nothing but header sections, of which one at a time is waited for.
pub(super) struct HeadTimer(Arc<HeadClock>);

impl HeadTimer {
    pub(super) fn new(clock: &Arc<HeadClock>) -> Self {
        Self(Arc::clone(clock))
    }
}

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }
    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        self.0.wait_until(deadline);
        Box::pin(HeadWait(Arc::clone(&self.0)))
    }
    fn reset(&self, _: &mut Pin<Box<dyn Sleep>>, deadline: Instant) {
        self.0.wait_until(deadline);
    }
}

/// The wait for one header section.
struct HeadWait(Arc<HeadClock>);

impl Future for HeadWait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0.is_over.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Sleep for HeadWait {}

impl Drop for HeadWait {
    fn drop(&mut self) {
        self.0.set(NONE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    #[test]
    fn a_deadline_is_seen_when_it_has_come_and_not_before() {
        let (clock, limit) = (HeadClock::new(), Duration::from_secs(20));
        let timer = HeadTimer::new(&clock);
        let is_over = |wait: &mut Pin<Box<dyn Sleep>>| wait.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
        assert!(clock.look(limit) >= clock.base + limit, "nothing is waited for");
        let soon = Instant::now() + Duration::from_secs(5);
        let mut wait = timer.sleep_until(soon);
        let again = clock.look(limit);
        assert!(!is_over(&mut wait) && again <= soon && soon - again < Duration::from_millis(1), "looked at again when it comes");
        drop(wait);
        assert!(clock.look(limit) > soon, "the section was there in time");
        let mut wait = timer.sleep_until(clock.base);
        assert!(!is_over(&mut wait), "nobody has looked yet");
        clock.look(limit);
        assert!(is_over(&mut wait));
        drop(wait);
        let mut next = timer.sleep_until(Instant::now() + limit);
        assert!(!is_over(&mut next), "the section before came at the last moment, and the next one has its own time");
    }
}
