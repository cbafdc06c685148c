//! The compact serialisation (RFC 7515, section 3.1): split and decoded, nothing verified.

use super::{
    base64url, claims,
    header::{self, Header},
};
use crate::{denial::JwtFault, limits, strict_json};
use serde_json::{Map, Value};

/// A JWT whose shape and header are in order. Nothing that it says may be believed yet; it serves to find the key.
#[derive(Clone, Debug)]
pub struct UnverifiedJwt<'a> {
    header: Header,
    signing_input: &'a [u8],
    claims: &'a [u8],
    signature: &'a [u8],
}

/// Whether a credential has the shape of a JWT rather than of an opaque token. Cheap, and no verdict on the JWT.
pub fn looks_like_jwt(text: &[u8]) -> bool {
    text.len() <= limits::JWT_MAX && split(text).is_some()
}

impl<'a> UnverifiedJwt<'a> {
    /// Reads shape and header. The claims are not looked at.
    pub fn parse(text: &'a [u8]) -> Result<Self, JwtFault> {
        if text.len() > limits::JWT_MAX {
            return Err(JwtFault::TooLong);
        }
        let parts = split(text).ok_or(JwtFault::NotCompact)?;
        if parts.header.len() > limits::JWT_HEADER_MAX.div_ceil(3) * 4 {
            return Err(JwtFault::TooLong);
        }
        let header = base64url::decode(parts.header).ok_or(JwtFault::NotCompact)?;
        if header.len() > limits::JWT_HEADER_MAX {
            return Err(JwtFault::TooLong);
        }
        let header = header::parse(&header)?;
        Ok(Self { header, signing_input: parts.signing_input, claims: parts.claims, signature: parts.signature })
    }

    /// `alg` as the token has it. To be compared with a key's, never to be followed.
    pub fn alg(&self) -> &str {
        &self.header.alg
    }
    /// `kid`, to look the key up by.
    pub fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }
    /// `typ`.
    pub fn typ(&self) -> Option<&str> {
        self.header.typ.as_deref()
    }
    /// Decodes the claims to learn which issuer the token says it has: for routing only.
    pub fn issuer(&self) -> Result<String, JwtFault> {
        let claims = self.unverified_claims()?;
        claims::text(&claims, "iss").map(str::to_owned)
    }

    /// The claims, believed by nobody.
    pub(super) fn unverified_claims(&self) -> Result<Map<String, Value>, JwtFault> {
        let json = base64url::decode(self.claims).ok_or(JwtFault::NotCompact)?;
        strict_json::object(&json, limits::JWT_DEPTH_MAX).map_err(|_| JwtFault::BadClaims)
    }
    /// Verifies the signature under `key`, whose algorithm the header must name.
    pub(super) fn verify_signature(&self, key: &super::VerifyingKey) -> Result<(), JwtFault> {
        if !key.algorithm().is_named(&self.header.alg) {
            return Err(JwtFault::WrongAlgorithm);
        }
        let signature = base64url::decode(self.signature).ok_or(JwtFault::NotCompact)?;
        key.verify(self.signing_input, &signature)
    }
}

/// The parts of a compact JWS, still encoded.
pub(super) struct Parts<'a> {
    pub(super) header: &'a [u8],
    pub(super) claims: &'a [u8],
    pub(super) signature: &'a [u8],
    pub(super) signing_input: &'a [u8],
}

/// Exactly three parts of base64url digits, none of them empty.
pub(super) fn split(text: &[u8]) -> Option<Parts<'_>> {
    // Most of what is asked about is opaque, and is told by that quickly.
    let first = if text.contains(&b'.') { text.iter().position(|byte| *byte == b'.')? } else { return None };
    let last = text.iter().rposition(|byte| *byte == b'.')?;
    let (signing_input, signature) = (text.get(..last)?, text.get(last + 1..)?);
    let (header, claims) = (text.get(..first)?, text.get(first + 1..last)?);
    // To the end in any case: without a way out many bytes are looked at together.
    let fits = |part: &[u8]| !part.is_empty() && part.iter().fold(true, |all, byte| all & base64url::is_digit(*byte));
    (fits(header) && fits(claims) && fits(signature)).then_some(Parts { header, claims, signature, signing_input })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_is_three_parts_and_nothing_else() {
        assert!(looks_like_jwt(b"a.b.c"));
        for other in ["", ".", "..", "a.b", "a.b.", ".b.c", "a..c", "a.b.c.d", "a.b.c.d.e", "a.b.c ", "a.b.c=", "a.b.\u{e9}", "jtn_pat_x"] {
            assert!(!looks_like_jwt(other.as_bytes()), "{other}");
        }
        assert!(!looks_like_jwt(&[b"a.b.".as_slice(), &[b'c'; limits::JWT_MAX]].concat()));
    }
}
