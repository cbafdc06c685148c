//! Why a DPoP proof is refused, in words that say what its maker must change. Repeats nothing of what was sent.

use crate::jose::JwkFault;

/// Why a DPoP proof is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DpopFault {
    /// Longer than the limit.
    #[error("the DPoP proof is longer than the limit")]
    TooLong,
    /// Not three base64url parts.
    #[error("the DPoP proof is not three unpadded base64url parts joined by dots")]
    NotCompact,
    /// The header is no JSON object, nested too deeply or has a member twice.
    #[error("the header of the DPoP proof is not a plain JSON object with each member once")]
    BadHeader,
    /// The header has something in it that a proof never has.
    #[error("the header of the DPoP proof must not have `{0}`")]
    HeaderMember(&'static str),
    /// `typ` is another.
    #[error("`typ` of the DPoP proof must be `dpop+jwt`")]
    WrongType,
    /// `alg` is absent, not asymmetric, or not that of the key.
    #[error("`alg` of the DPoP proof must be the algorithm of its `jwk`: `ES256`, `EdDSA` (or `Ed25519`), `RS256` or `PS256`")]
    WrongAlgorithm,
    /// There is no `jwk`, or it is no object.
    #[error("the header of the DPoP proof must have the public key as `jwk`")]
    NoKey,
    /// `jwk` is no public key that can be used.
    #[error("`jwk` of the DPoP proof {0}")]
    BadKey(JwkFault),
    /// The signature does not fit.
    #[error("the signature of the DPoP proof does not fit its `jwk`")]
    BadSignature,
    /// The claims are no JSON object, nested too deeply or have a member twice.
    #[error("the claims of the DPoP proof are not a plain JSON object with each member once")]
    BadClaims,
    /// A required claim is absent, empty, too long or of another type.
    #[error("the claim `{0}` of the DPoP proof is absent, too long or not of its form")]
    Claim(&'static str),
    /// `htm` is another.
    #[error("`htm` of the DPoP proof must be the method of the request, in capital letters")]
    WrongMethod,
    /// `htu` is another.
    #[error("`htu` of the DPoP proof must be the address of the request, without query and fragment")]
    WrongTarget,
    /// `ath` is of another token.
    #[error("`ath` of the DPoP proof must be the SHA-256 of the access token, in base64url without padding")]
    WrongToken,
    /// `nonce` is absent, or not one that is good at present.
    #[error("the DPoP proof must have the `nonce` that the field `DPoP-Nonce` of this answer brings")]
    Nonce,
    /// `iat` is too old.
    #[error("`iat` of the DPoP proof is too old: make a new one for each request, and compare the clocks")]
    TooOld,
    /// `iat` lies ahead.
    #[error("`iat` of the DPoP proof lies in the future: compare the clocks")]
    IssuedInFuture,
}
