//! What failed a moment ago and is left alone for a while: a whole server that could not be reached, else the one address, so that
//! nobody shuts out his neighbours on a server by naming what is not there. Bounded: where there is no room, the oldest gives way.

use jeton_core::limits;
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};
use url::Url;

/// Servers and addresses, each with the instant from which on it is called again.
#[derive(Debug, Default)]
pub(super) struct Resting(Mutex<HashMap<String, Instant>>);

impl Resting {
    /// Whether this address is left alone.
    pub(super) fn is(&self, url: &Url) -> bool {
        let (now, resting) = (Instant::now(), self.0.lock());
        [server_of(url), url.as_str().to_owned()].iter().any(|name| resting.get(name).is_some_and(|until| *until > now))
    }
    /// From now on its server is.
    pub(super) fn begin_server(&self, url: &Url) {
        self.begin(server_of(url));
    }
    /// From now on it is.
    pub(super) fn begin_address(&self, url: &Url) {
        self.begin(url.as_str().to_owned());
    }
    fn begin(&self, name: String) {
        let now = Instant::now();
        let mut resting = self.0.lock();
        if resting.len() >= limits::FETCHED_REMEMBERED {
            resting.retain(|_, until| *until > now);
        }
        if resting.len() >= limits::FETCHED_REMEMBERED
            && let Some(oldest) = resting.iter().min_by_key(|(_, until)| **until).map(|(name, _)| name.clone())
        {
            resting.remove(&oldest);
        }
        resting.insert(name, now + Duration::from_secs(limits::FETCH_BACK_OFF.as_seconds_up().unsigned_abs()));
    }
}

/// Scheme, host and port; never an address of its own, which has a path.
fn server_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}
