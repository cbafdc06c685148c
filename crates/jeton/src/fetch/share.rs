//! How many fetches run at one server: a slow one, or one that pretends to be, holds no more than its share of what can run at once.
//! Bounded by what runs.

use jeton_core::limits;
use parking_lot::Mutex;
use std::collections::HashMap;
use url::Url;

/// The servers that are called at present, each with how often. A name and the names below it count as one server.
#[derive(Debug, Default)]
pub(super) struct Shares(Mutex<HashMap<String, usize>>);

/// One call under way; over when this is dropped.
#[derive(Debug)]
pub(super) struct Share<'s> {
    shares: &'s Shares,
    server: String,
}

impl Shares {
    /// Takes one more call to this server, where it has room.
    pub(super) fn take(&self, url: &Url) -> Option<Share<'_>> {
        let server = server_of(url);
        let mut running = self.0.lock();
        let count = running.entry(server.clone()).or_default();
        if *count >= limits::FETCHES_AT_ONCE_OF_SERVER {
            return None;
        }
        *count += 1;
        Some(Share { shares: self, server })
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let mut running = self.shares.0.lock();
        if let Some(count) = running.get_mut(&self.server) {
            *count -= 1;
            if *count == 0 {
                running.remove(&self.server);
            }
        }
    }
}

/// The last two labels of a name, so that made-up names below it gain nothing; an address as it is.
fn server_of(url: &Url) -> String {
    match url.host() {
        Some(url::Host::Domain(name)) => {
            let mut labels = name.trim_end_matches('.').rsplitn(3, '.');
            let (last, next) = (labels.next().unwrap_or_default(), labels.next().unwrap_or_default());
            format!("{next}.{last}")
        }
        Some(address) => address.to_string(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_its_share_whatever_it_calls_itself() {
        let shares = Shares::default();
        let at = |number: usize, site: &str| Url::parse(&format!("https://h{number}.{site}/x")).expect("a URL");
        let mut taken: Vec<_> =
            (0..limits::FETCHES_AT_ONCE_OF_SERVER).filter_map(|number| shares.take(&at(number, "evil.example"))).collect();
        assert_eq!(taken.len(), limits::FETCHES_AT_ONCE_OF_SERVER);
        assert!(shares.take(&at(99, "evil.example")).is_none());
        assert!(shares.take(&at(0, "good.example")).is_some());
        taken.pop();
        assert!(shares.take(&at(99, "evil.example")).is_some());
        drop(taken);
        assert!(shares.0.lock().is_empty());
    }
}
