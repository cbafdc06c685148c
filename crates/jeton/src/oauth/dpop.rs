//! DPoP proofs that come to this server itself (RFC 9449, sections 5 and 8): verified against the address that clients know, with
//! nonces, and used once.
//!
//! Used proofs are remembered in memory, with those of the gate: bounded, and full means refused. Where several nodes share a
//! database they are spent there as well, so that none is good at a second node either.

use super::{OAuthCode, OAuthError};
use crate::authority::Authority;
use aws_lc_rs::digest::{Context, SHA256};
use http::{HeaderMap, HeaderValue, header};
use jeton_core::{
    denial::Denial,
    dpop_nonce::NonceKey,
    jose::{DpopDemand, DpopFault, VerifiedDpop, verify_dpop_at},
    limits,
    timestamp::Timestamp,
};
use jeton_gate::dpop::{NONCE, PROOF};

/// A proof that holds for this request. Must be used up before anything is issued for it.
#[derive(Clone, Debug)]
pub struct Proof(VerifiedDpop);

/// The proof of a request to `path`, where it has one.
pub fn verify_at(
    authority: &Authority,
    headers: &HeaderMap,
    method: &str,
    path: &str,
    now: Timestamp,
) -> Result<Option<Proof>, OAuthError> {
    let mut values = headers.get_all(PROOF).iter();
    let text = match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(one), None) => one.as_bytes(),
        (Some(_), Some(_)) => return Err(invalid("there must be one `DPoP` field")),
    };
    let url = format!("{}{path}", authority.config.issuer);
    let good = nonce_key(authority).map(|key| key.good_at(now));
    let nonces = good.as_ref().map(|[fresh, before]| [fresh.as_str(), before.as_str()]);
    let demand = DpopDemand {
        method,
        url: &url,
        access_token: None,
        nonces: nonces.as_ref().map(<[&str; 2]>::as_slice),
        age_max: limits::DPOP_AGE_MAX,
    };
    match verify_dpop_at(text, &demand, now) {
        Ok(proof) => Ok(Some(Proof(proof))),
        Err(fault @ DpopFault::Nonce) => Err(OAuthError::new(OAuthCode::UseDpopNonce, fault.to_string())),
        Err(fault) => Err(invalid(&fault.to_string())),
    }
}

/// Puts a fresh nonce on the answer to a request that came with a proof, unless the one that it used is as fresh. To be called on
/// every answer, refusals too.
pub fn renew_nonce_at(authority: &Authority, request: &HeaderMap, proof: Option<&Proof>, answer: &mut HeaderMap, now: Timestamp) {
    if !request.contains_key(PROOF) {
        return;
    }
    let Some(key) = nonce_key(authority) else { return };
    let fresh = key.fresh_at(now);
    if proof.and_then(|proof| proof.0.nonce()) == Some(fresh.as_str()) {
        return;
    }
    if let Ok(value) = HeaderValue::from_str(&fresh) {
        answer.insert(NONCE, value);
        // Scripts of other origins read it too (RFC 9449, section 8).
        answer.entry(header::ACCESS_CONTROL_EXPOSE_HEADERS).or_insert(HeaderValue::from_static("DPoP-Nonce"));
    }
}

impl Proof {
    /// The thumbprint of the key.
    pub const fn thumbprint(&self) -> [u8; 32] {
        self.0.thumbprint()
    }
    /// Uses the proof up; one that was used before is refused.
    pub async fn use_up(&self, authority: &Authority) -> Result<(), OAuthError> {
        let until = self.0.issued_at().plus(limits::DPOP_AGE_MAX);
        match authority.gate.use_up_proof(&self.0.thumbprint(), self.0.id(), until) {
            Ok(()) if !authority.store.is_shared() || self.spend(authority, until).await? => Ok(()),
            Ok(()) | Err(Denial::BadProof(_)) => {
                Err(invalid("the DPoP proof was used before: make a new one, with a `jti` of its own, for each request"))
            }
            Err(_) => Err(OAuthError::unavailable()),
        }
    }
    /// Spends it for all nodes; `false` where one of them has seen it. A name is one of its key's, as it is in memory.
    async fn spend(&self, authority: &Authority, until: Timestamp) -> Result<bool, OAuthError> {
        let mut hash = Context::new(&SHA256);
        hash.update(b"dpop\0");
        hash.update(&self.0.thumbprint());
        hash.update(self.0.id().as_bytes());
        let digest = hash.finish().as_ref().first_chunk().copied().unwrap_or_default();
        // Clocks of nodes may differ: what one still takes must not be swept away by another.
        Ok(authority.store.spend_id(digest, until.plus(limits::DPOP_AGE_MAX)).await?)
    }
}

fn nonce_key(authority: &Authority) -> Option<NonceKey> {
    authority.config.oauth.dpop_nonce.then(|| authority.store.ring().current().nonce_key())
}

fn invalid(words: &str) -> OAuthError {
    OAuthError::new(OAuthCode::InvalidDpopProof, words)
}
