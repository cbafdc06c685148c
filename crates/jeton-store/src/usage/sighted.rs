//! Which sightings are in the database already, as far as this process wrote them: nothing is written again and again while a
//! token is used from where it always is. Forgetting costs a write and nothing else.

use super::flush::Sighted;
use jeton_core::id::TokenId;
use parking_lot::Mutex;
use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
};

/// Sightings that are remembered; about 8 MB.
const MOST: usize = 200_000;

/// Tokens with the networks that they were seen from, these as keyed hashes.
#[derive(Default)]
pub(crate) struct SightingMemory {
    written: Mutex<HashSet<(TokenId, u64)>>,
    hasher: RandomState,
}

impl SightingMemory {
    /// Whether this one still has to be written.
    pub(super) fn is_new(&self, token: TokenId, network: &str) -> bool {
        !self.written.lock().contains(&(token, self.hasher.hash_one(network)))
    }
    /// These are durable.
    pub(super) fn wrote(&self, sightings: &[Sighted]) {
        let mut written = self.written.lock();
        if written.len() + sightings.len() > MOST {
            written.clear();
        }
        written.extend(sightings.iter().take(MOST).map(|own| (own.token, self.hasher.hash_one(own.network.as_str()))));
    }
}
