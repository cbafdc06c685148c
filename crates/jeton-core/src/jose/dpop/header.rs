//! The header of a DPoP proof, which brings its own key (RFC 9449, section 4.2). Must never be used for another kind of JWT.

use super::DpopFault;
use crate::{
    jose::{Algorithm, VerifyingKey, base64url, header, jwk},
    limits, strict_json,
};
use serde_json::{Map, Value};

/// Members that no proof has: they change what it means, or bring a second key.
const REFUSED: [&str; 8] = ["crit", "b64", "zip", "enc", "cty", "jku", "x5u", "x5c"];

/// Reads the header as it stands in the proof, and gives the key.
pub(super) fn read(encoded: &[u8]) -> Result<VerifyingKey, DpopFault> {
    if encoded.len() > limits::JWT_HEADER_MAX.div_ceil(3) * 4 {
        return Err(DpopFault::TooLong);
    }
    let json = base64url::decode(encoded).ok_or(DpopFault::NotCompact)?;
    let members = strict_json::object(&json, limits::JWT_DEPTH_MAX).map_err(|_| DpopFault::BadHeader)?;
    if let Some(refused) = REFUSED.into_iter().find(|name| members.contains_key(*name)) {
        return Err(DpopFault::HeaderMember(refused));
    }
    if !members.get("typ").and_then(Value::as_str).is_some_and(|typ| header::media_type_is(typ, "dpop+jwt")) {
        return Err(DpopFault::WrongType);
    }
    let alg = members.get("alg").and_then(Value::as_str).and_then(Algorithm::parse).ok_or(DpopFault::WrongAlgorithm)?;
    let key = members.get("jwk").and_then(Value::as_object).ok_or(DpopFault::NoKey)?;
    let key = public(key, alg)?;
    if key.algorithm() == alg { Ok(key) } else { Err(DpopFault::WrongAlgorithm) }
}

/// A public key and nothing more. An RSA key without `alg` is for the padding that the header names: both are the sender's.
fn public(members: &Map<String, Value>, alg: Algorithm) -> Result<VerifyingKey, DpopFault> {
    // Told first, since a symmetric key is of an unknown type besides.
    if let Some(private) = jwk::private_member(members) {
        return Err(DpopFault::BadKey(jwk::JwkFault::Private(private)));
    }
    VerifyingKey::from_members(members, Some(alg)).map_err(DpopFault::BadKey)
}
