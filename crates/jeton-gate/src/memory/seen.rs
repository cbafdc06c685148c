//! JWTs whose signature and claims were verified before, by the SHA-256 of their whole text: the next time costs one hash.
//!
//! An entry counts only while no key has left the key set since and the token's record is the one that its claims were compared
//! with; both are checked at each use.

use super::{
    segments::{Edit, Segments},
    table::Entry,
};
use jeton_core::{id::TokenId, policy::Policy, timestamp::Timestamp, token_text::TokenDigest};
use std::sync::Arc;

/// One verified JWT.
#[derive(Clone)]
pub(crate) struct SeenJwt {
    pub(crate) digest: TokenDigest,
    /// Its `jti`.
    pub(crate) id: TokenId,
    /// Its `exp`.
    pub(crate) expires_at: Timestamp,
    /// The end of its record, to the microsecond.
    pub(crate) record_expires_at: Timestamp,
    /// The policy that its claims agreed with.
    pub(crate) policy: Arc<Policy>,
    /// The generation of the key set that verified it.
    pub(crate) keys: u64,
}

impl Entry for SeenJwt {
    type Key = TokenDigest;
    fn key(&self) -> &TokenDigest {
        &self.digest
    }
    fn is_spent_at(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }
}

/// All of them, bounded.
pub(crate) struct SeenJwts(Segments<SeenJwt, ()>);

impl SeenJwts {
    pub(crate) fn new(capacity: usize) -> Self {
        Self(Segments::new(capacity))
    }
    pub(crate) fn find(&self, digest: &TokenDigest) -> Option<SeenJwt> {
        self.0.find(digest)
    }
    pub(crate) fn remember(&self, seen: SeenJwt, now: Timestamp) {
        let key = seen.digest;
        self.0.edit(&key, now, |()| (Edit::Put(seen), ()));
    }
    pub(crate) fn clear(&self) {
        self.0.clear(|()| {});
    }
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
