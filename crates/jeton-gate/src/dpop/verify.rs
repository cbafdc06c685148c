//! Puts a proof to the core with the request that it must be for.

use super::Offered;
use jeton_core::{
    denial::{Denial, ProofFault, Unavailable},
    dpop_nonce::NonceKey,
    jose::{DpopDemand, DpopFault, verify_dpop_at},
    limits,
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
    /// The nonce for the next proof, where that of this one is soon over.
    pub(crate) next_nonce: Option<Box<str>>,
}

/// Verifies the proof that came with `token`. Where `nonces` is given, it must have one that is good now.
pub(crate) fn verify(offered: &Offered<'_>, token: &[u8], nonces: Option<&NonceKey>, now: Timestamp) -> Result<Proved, Denial> {
    let text = offered.proof.map_err(Denial::BadProof)?;
    let url = offered.url.whole().ok_or(Denial::Unavailable(Unavailable::Configuration))?;
    let good = nonces.map(|key| key.good_at(now));
    let good = good.as_ref().map(|[fresh, before]| [fresh.as_str(), before.as_str()]);
    let fresh = good.map(|[fresh, _]| fresh);
    let demand = DpopDemand {
        method: offered.method,
        url: &url,
        access_token: Some(token),
        nonces: good.as_ref().map(<[&str; 2]>::as_slice),
        age_max: limits::DPOP_AGE_MAX,
    };
    let proof = verify_dpop_at(text, &demand, now).map_err(|fault| denial(&fault))?;
    let until = proof.issued_at().plus(limits::DPOP_AGE_MAX);
    let next_nonce = fresh.filter(|fresh| proof.nonce() != Some(fresh)).map(Into::into);
    Ok(Proved { thumbprint: proof.thumbprint(), jti: proof.id().to_owned(), until, next_nonce })
}

/// What the caller is told of a fault.
const fn denial(fault: &DpopFault) -> Denial {
    Denial::BadProof(match fault {
        DpopFault::Nonce => return Denial::UseDpopNonce,
        DpopFault::WrongMethod => ProofFault::WrongMethod,
        DpopFault::WrongTarget => ProofFault::WrongTarget,
        DpopFault::WrongToken => ProofFault::WrongToken,
        DpopFault::TooOld | DpopFault::IssuedInFuture => ProofFault::NotFresh,
        DpopFault::TooLong
        | DpopFault::NotCompact
        | DpopFault::BadHeader
        | DpopFault::HeaderMember(_)
        | DpopFault::WrongType
        | DpopFault::WrongAlgorithm
        | DpopFault::NoKey
        | DpopFault::BadKey(_)
        | DpopFault::BadSignature
        | DpopFault::BadClaims
        | DpopFault::Claim(_) => ProofFault::Malformed,
    })
}
