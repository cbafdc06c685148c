//! How the limits of a request stand after it, as its caller is told. Of a token with as many as usual it takes no allocation.

use jeton_core::{api_limit::Per, limits, timestamp::Span};
use smallvec::SmallVec;

/// Which limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitName {
    is_quota: bool,
    counted: Counted,
    number: u8,
}

/// How a limit is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// By a token: 0 for the one that was presented, 1 for its parent, and so on.
    Alone(u8),
    /// By what an API, or one of its routes, counts together.
    Together {
        /// By what.
        per: Per,
        /// Whether it is a route's.
        of_route: bool,
    },
}

impl Default for Counted {
    fn default() -> Self {
        Self::Alone(0)
    }
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LimitsReport {
    entries: SmallVec<[LimitStatus; 4]>,
}

impl LimitName {
    pub(super) fn rate(counted: Counted, number: usize) -> Self {
        Self::new(false, counted, number)
    }
    pub(super) fn quota(counted: Counted, number: usize) -> Self {
        Self::new(true, counted, number)
    }
    fn new(is_quota: bool, counted: Counted, number: usize) -> Self {
        Self { is_quota, counted, number: u8::try_from(number).unwrap_or(u8::MAX) }
    }
}

impl std::fmt::Display for LimitName {
    /// `rate`, `rate-2`, `quota`, `parent-rate`, `parent-2-quota`; `api-subject-rate`, `route-everybody-rate`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.counted {
            Counted::Alone(0) => {}
            Counted::Alone(1) => f.write_str("parent-")?,
            Counted::Alone(more) => write!(f, "parent-{more}-")?,
            Counted::Together { per, of_route } => write!(f, "{}-{}-", if of_route { "route" } else { "api" }, per.as_str())?,
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
        if self.entries.len() < limits::LIMITS_REPORTED {
            self.entries.push(status);
        }
    }
    /// The limits.
    pub fn entries(&self) -> &[LimitStatus] {
        &self.entries
    }
    /// Whether the token has no limits at all.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
