//! JWTs: verified at first sight, recognised by their hash afterwards, and dropped with the key set that verified them.

use crate::memory::{Known, SeenJwt, SeenJwts};
use arc_swap::ArcSwap;
use jeton_core::{
    denial::{Denial, JwtFault},
    id::TokenId,
    jose::{self, KeySet, VerifiedAccessToken},
    timestamp::Timestamp,
    token_text::TokenDigest,
};
use std::sync::Arc;

/// A JWT whose signature and claims fit.
pub(super) enum Signed {
    /// Verified now.
    Now {
        /// What it says.
        token: Box<VerifiedAccessToken>,
        /// The hash of its text.
        digest: TokenDigest,
        /// The generation of the keys that verified it.
        keys: u64,
    },
    /// Verified before.
    Before(SeenJwt),
}

/// The keys of this system, and the JWTs that they verified.
pub(super) struct Jwts {
    keys: ArcSwap<Keys>,
    seen: SeenJwts,
}

#[derive(Default)]
struct Keys {
    set: KeySet,
    /// Rises when a key leaves the set.
    generation: u64,
}

impl Signed {
    pub(super) const fn id(&self) -> TokenId {
        match self {
            Self::Now { token, .. } => token.id(),
            Self::Before(seen) => seen.id,
        }
    }
    /// Whether its claims are those of its record: compared in full, or known to have been equal to the same policy.
    pub(super) fn agrees_with(&self, known: &Known) -> bool {
        match self {
            Self::Now { token, .. } => known.to_record().is_some_and(|record| token.agrees_with(&record).is_ok()),
            Self::Before(seen) => Arc::ptr_eq(&seen.policy, known.policy()) && known.expires_at() == Some(seen.record_expires_at),
        }
    }
    pub(super) const fn was_seen(&self) -> bool {
        matches!(self, Self::Before(_))
    }
}

impl Jwts {
    pub(super) fn new(capacity: usize) -> Self {
        Self { keys: ArcSwap::default(), seen: SeenJwts::new(capacity) }
    }
    /// Verifies a JWT, or finds that it was verified before where `afresh` does not forbid that. Wrong signatures and keys are
    /// answered as unknown tokens are.
    pub(super) fn verify(&self, text: &[u8], issuer: &str, now: Timestamp, afresh: bool) -> Result<Signed, Denial> {
        let digest = TokenDigest::of(text);
        let keys = self.keys.load();
        let seen = self.seen.find(&digest).filter(|seen| !afresh && seen.keys == keys.generation && now < seen.expires_at);
        if let Some(seen) = seen {
            return Ok(Signed::Before(seen));
        }
        let token = jose::verify_access_token_at(text, &keys.set, issuer, now).map_err(|denial| match denial {
            Denial::BadJwt(JwtFault::BadSignature | JwtFault::UnknownKey) => Denial::Unknown,
            other => other,
        })?;
        Ok(Signed::Now { token: Box::new(token), digest, keys: keys.generation })
    }
    /// Remembers a JWT whose claims agreed with `known`.
    pub(super) fn remember(&self, signed: &Signed, known: &Known, now: Timestamp) {
        if let (Signed::Now { token, digest, keys }, Some(record_expires_at)) = (signed, known.expires_at()) {
            let (id, expires_at, policy) = (token.id(), token.expires_at(), Arc::clone(known.policy()));
            self.seen.remember(SeenJwt { digest: *digest, id, expires_at, record_expires_at, policy, keys: *keys }, now);
        }
    }
    /// Replaces the key set. Where a key is gone, nothing that was verified before counts any more.
    pub(super) fn set_keys(&self, set: KeySet) {
        let before = self.keys.load_full();
        let is_gone = before.set.iter().any(|key| set.find(key.kid()) != Some(key));
        let generation = before.generation + u64::from(is_gone);
        self.keys.store(Arc::new(Keys { set, generation }));
        if is_gone {
            self.seen.clear();
        }
    }
    pub(super) fn len(&self) -> usize {
        self.seen.len()
    }
}
