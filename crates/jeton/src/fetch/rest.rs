//! Hosts that failed a moment ago and are left alone for a while. Bounded: where there is no room, the oldest gives way.

use jeton_core::limits;
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};
use url::{Origin, Url};

/// The hosts, each with the instant from which on it is called again.
#[derive(Debug, Default)]
pub(super) struct Resting(Mutex<HashMap<Origin, Instant>>);

impl Resting {
    /// Whether the host of this address is left alone.
    pub(super) fn is(&self, url: &Url) -> bool {
        self.0.lock().get(&url.origin()).is_some_and(|until| *until > Instant::now())
    }
    /// From now on it is.
    pub(super) fn begin(&self, url: &Url) {
        let now = Instant::now();
        let mut hosts = self.0.lock();
        if hosts.len() >= limits::FETCHED_REMEMBERED {
            hosts.retain(|_, until| *until > now);
        }
        if hosts.len() >= limits::FETCHED_REMEMBERED
            && let Some(oldest) = hosts.iter().min_by_key(|(_, until)| **until).map(|(host, _)| host.clone())
        {
            hosts.remove(&oldest);
        }
        hosts.insert(url.origin(), now + Duration::from_secs(limits::FETCH_BACK_OFF.as_seconds_up().unsigned_abs()));
    }
}
