//! Nonces for DPoP proofs (RFC 9449, sections 8 and 9) that need no memory: each follows from a key and a step of time, so that
//! every node that has the key makes and knows the same ones. Never a secret, never good for more than two steps.

use crate::{limits, timestamp::Timestamp};
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The key that nonces follow from.
#[derive(Clone)]
pub struct NonceKey(hmac::Key);

impl NonceKey {
    /// From 256 bits that nobody else has.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }
    /// The nonce to be used from now on.
    pub fn fresh_at(&self, now: Timestamp) -> String {
        self.of_step(step(now))
    }
    /// The nonces that are good now: the fresh one and the one before, so that each is good for at least one whole step.
    pub fn good_at(&self, now: Timestamp) -> [String; 2] {
        let step = step(now);
        [self.of_step(step), self.of_step(step.saturating_sub(1))]
    }
    fn of_step(&self, step: i64) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"jeton dpop nonce v1");
        context.update(&step.to_be_bytes());
        let tag = context.sign();
        URL_SAFE_NO_PAD.encode(tag.as_ref().get(..16).unwrap_or_default())
    }
}

impl std::fmt::Debug for NonceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NonceKey(redacted)")
    }
}

fn step(now: Timestamp) -> i64 {
    now.as_seconds().div_euclid(limits::DPOP_NONCE_STEP_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::Span;

    #[test]
    fn a_nonce_is_good_for_one_to_two_steps() {
        let key = NonceKey::from_bytes(&[7; 32]);
        let now = Timestamp::from_seconds(1_800_000_000);
        let nonce = key.fresh_at(now);
        let later = |seconds| key.good_at(now.plus(Span::from_seconds(seconds))).contains(&nonce);
        assert!(later(0) && later(59) && later(60));
        assert!(!later(180), "two steps later it is over");
        assert!(!key.good_at(now.minus(Span::from_seconds(180))).contains(&nonce), "nor is it good before its time");
        assert_ne!(NonceKey::from_bytes(&[8; 32]).fresh_at(now), nonce, "it follows from the key");
        assert_eq!(nonce.len(), 22);
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", NonceKey::from_bytes(&[7; 32])), "NonceKey(redacted)");
    }
}
