//! The device grant (RFC 8628): what a device asked for, and how soon it may ask again.

use crate::{
    id::{ClientId, OrganisationId},
    limits,
    name::Audience,
    scope::ScopeSet,
    timestamp::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};

/// What a device asked for, until somebody says yes or no. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRequest {
    /// Whose client asks.
    pub organisation: OrganisationId,
    /// Which.
    pub client: ClientId,
    /// Its name in the protocol, by which one that is not stored yet is found again.
    pub client_id: String,
    /// What it asks for.
    pub scopes: ScopeSet,
    /// The APIs that it asks for.
    pub resources: Vec<Audience>,
}

/// How often a device may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Seconds from one question to the next.
    pub interval_seconds: u32,
    /// When it last asked.
    pub polled_at: Option<Timestamp>,
}

impl Pace {
    /// The pace of a device that has not asked yet.
    pub const fn new() -> Self {
        Self { interval_seconds: limits::DEVICE_INTERVAL_SECONDS, polled_at: None }
    }
    /// The pace after a question at `now`, and whether it came too soon: then each further one must wait five seconds longer
    /// (RFC 8628, section 3.5). A second is forgiven: clocks and networks are not exact.
    #[must_use]
    pub fn asked_at(self, now: Timestamp) -> (Self, bool) {
        let wait = Span::from_seconds(self.interval_seconds.saturating_sub(1));
        let too_soon = self.polled_at.is_some_and(|at| now < at.plus(wait));
        let slower = self.interval_seconds.saturating_add(limits::DEVICE_SLOWER_SECONDS).min(limits::DEVICE_INTERVAL_SECONDS_MAX);
        let interval_seconds = if too_soon { slower } else { self.interval_seconds };
        (Self { interval_seconds, polled_at: Some(now) }, too_soon)
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_too_soon_waits_longer_from_then_on() {
        let at = |seconds: i64| Timestamp::from_seconds(1_800_000_000 + seconds);
        let (pace, soon) = Pace::new().asked_at(at(0));
        assert_eq!((pace.interval_seconds, soon), (5, false));
        let (pace, soon) = pace.asked_at(at(4));
        assert_eq!((pace.interval_seconds, soon), (5, false));
        let (pace, soon) = pace.asked_at(at(6));
        assert_eq!((pace.interval_seconds, soon), (10, true));
        let (pace, soon) = pace.asked_at(at(12));
        assert_eq!((pace.interval_seconds, soon), (15, true));
        let (pace, soon) = pace.asked_at(at(27));
        assert_eq!((pace.interval_seconds, soon), (15, false));
        let hurried = (0..1000).fold(pace, |pace, _| pace.asked_at(at(27)).0);
        assert_eq!(hurried.interval_seconds, limits::DEVICE_INTERVAL_SECONDS_MAX);
    }
}
