//! How this gate spends limits: alone, as one of several, or not at all while that changes.

use crate::port::Clock;
use std::{
    sync::atomic::{AtomicU8, AtomicU64, Ordering},
    time::Instant,
};
use tokio::sync::watch;

/// Alone without an end.
const FOR_EVER: u64 = u64::MAX;

/// How limits are spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Out of this memory, and nobody else spends them.
    Alone,
    /// That is about to change: calls with limits wait.
    Between,
    /// Out of what was leased from the ledger.
    Shared,
}

/// The mode of a gate: read by every call without a lock, waited for by those that find it between two.
pub(super) struct ModeCell {
    now: AtomicU8,
    /// Until when it may spend alone, in microseconds since `base`.
    alone_micros: AtomicU64,
    base: Instant,
    told: watch::Sender<Mode>,
}

impl Default for ModeCell {
    fn default() -> Self {
        Self {
            now: AtomicU8::new(Mode::Alone as u8),
            alone_micros: AtomicU64::new(FOR_EVER),
            base: Instant::now(),
            told: watch::Sender::new(Mode::Alone),
        }
    }
}

impl ModeCell {
    pub(super) fn now(&self) -> Mode {
        match self.now.load(Ordering::Acquire) {
            0 => Mode::Alone,
            1 => Mode::Between,
            _ => Mode::Shared,
        }
    }
    /// The mode as a call finds it: who may spend alone for a time only is between two when that is over, however late the one who
    /// should say so is.
    pub(super) fn at(&self, clock: &dyn Clock) -> Mode {
        let mode = self.now();
        let until = self.alone_micros.load(Ordering::Acquire);
        let is_over = mode == Mode::Alone && until != FOR_EVER && self.micros(clock.instant()) >= until;
        if is_over { Mode::Between } else { mode }
    }
    pub(super) fn alone_until(&self, at: Instant) {
        self.alone_micros.store(self.micros(at), Ordering::Release);
        self.told.send_replace(self.now());
    }
    fn micros(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.base).as_micros()).unwrap_or(FOR_EVER - 1)
    }
    pub(super) fn set(&self, mode: Mode) {
        self.now.store(mode as u8, Ordering::Release);
        self.told.send_replace(mode);
    }
    /// Waits until it is settled how limits are spent.
    pub(super) async fn settled(&self, clock: &dyn Clock) {
        let mut told = self.told.subscribe();
        while self.at(clock) == Mode::Between && told.changed().await.is_ok() {}
    }
}
