//! How the limits of a request stand after it, as its caller is told. Copied, never allocated.

use jeton_core::{limits, timestamp::Span};

/// Which limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitName {
    is_quota: bool,
    /// 0 for the token's own, 1 for its parent's, and so on.
    depth: u8,
    number: u8,
}

/// How one limit stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitStatus {
    /// Which one.
    pub name: LimitName,
    /// What it allows in a window.
    pub requests: u64,
    /// The window in seconds.
    pub window_seconds: u32,
    /// What is left.
    pub remaining: u64,
    /// Until it is whole again; of an exhausted one, until the same request has room.
    pub reset: Span,
}

/// How a request's limits stand, the token's own first; at most [`limits::LIMITS_REPORTED`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitsReport {
    entries: [LimitStatus; limits::LIMITS_REPORTED],
    count: usize,
}

impl LimitName {
    pub(super) fn rate(depth: usize, number: usize) -> Self {
        Self::new(false, depth, number)
    }
    pub(super) fn quota(depth: usize, number: usize) -> Self {
        Self::new(true, depth, number)
    }
    fn new(is_quota: bool, depth: usize, number: usize) -> Self {
        let small = |number: usize| u8::try_from(number).unwrap_or(u8::MAX);
        Self { is_quota, depth: small(depth), number: small(number) }
    }
}

impl std::fmt::Display for LimitName {
    /// `rate`, `rate-2`, `quota`, `parent-rate`, `parent-2-quota`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.depth {
            0 => {}
            1 => f.write_str("parent-")?,
            more => write!(f, "parent-{more}-")?,
        }
        f.write_str(if self.is_quota { "quota" } else { "rate" })?;
        match self.number {
            0 => Ok(()),
            more => write!(f, "-{}", u16::from(more) + 1),
        }
    }
}

impl LimitsReport {
    pub(super) fn add(&mut self, status: LimitStatus) {
        if let Some(slot) = self.entries.get_mut(self.count) {
            *slot = status;
            self.count += 1;
        }
    }
    /// The limits.
    pub fn entries(&self) -> &[LimitStatus] {
        self.entries.get(..self.count).unwrap_or_default()
    }
    /// Whether the token has no limits at all.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}
