//! Signatures of client assertions: one is verified for each assertion that comes, also where there is no such client or it has no
//! such key, so that the time of an answer does not tell who is registered. Never says that one fits.

use jeton_core::jose;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many were verified.
#[derive(Debug, Default)]
pub struct Signatures(AtomicU64);

impl Signatures {
    /// How many were verified so far: the same for all who ask alike.
    pub fn done(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
    /// One was verified by a client's key.
    pub(super) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
    /// Verifies one in vain.
    pub(super) fn verify_in_vain(&self, text: &str) {
        if jose::verify_in_vain(text.as_bytes()) {
            self.count();
        }
    }
}
