//! TLS sessions that may be resumed: whoever resumes one does not look at the certificate again. So none outlives the certificates that it
//! began under.

use arc_swap::ArcSwap;
use jeton_core::limits;
use rustls::server::{ServerSessionMemoryCache, StoresServerSessions};

/// The sessions, bounded.
#[derive(Debug)]
pub(super) struct Sessions(ArcSwap<ServerSessionMemoryCache>);

impl Sessions {
    /// None yet.
    pub(super) fn new() -> Self {
        Self(ArcSwap::new(ServerSessionMemoryCache::new(limits::TLS_SESSIONS)))
    }
    /// Every client shakes hands anew.
    pub(super) fn end_all(&self) {
        self.0.store(ServerSessionMemoryCache::new(limits::TLS_SESSIONS));
    }
}

impl StoresServerSessions for Sessions {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        self.0.load().put(key, value)
    }
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.load().get(key)
    }
    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.load().take(key)
    }
    fn can_cache(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_session_outlives_its_certificate() {
        let sessions = Sessions::new();
        assert!(sessions.put(vec![1], vec![2]));
        assert_eq!(sessions.get(&[1]), Some(vec![2]));
        sessions.end_all();
        assert_eq!((sessions.get(&[1]), sessions.take(&[1])), (None, None));
    }
}
