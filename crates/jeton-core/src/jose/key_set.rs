//! Sets of public keys, looked up by `kid`, read from and printed as a JWK set (RFC 7517, section 5).

use super::{Algorithm, JwkFault, VerifyingKey};
use crate::{limits, strict_json};
use serde_json::{Value, json};

/// Public keys, each of another name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet {
    keys: Vec<VerifyingKey>,
}

/// An entry of a JWK set that is not used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its place in the set, the first being 0.
    pub index: usize,
    /// Why it is not used.
    pub fault: JwkFault,
}

impl KeySet {
    /// A set of these keys, in this order; two of one name are refused.
    pub fn new(keys: Vec<VerifyingKey>) -> Result<Self, JwkFault> {
        if keys.len() > limits::JWKS_KEYS_MAX {
            return Err(JwkFault::TooManyKeys);
        }
        let repeated = keys.iter().enumerate().any(|(at, key)| keys.iter().take(at).any(|earlier| earlier.kid() == key.kid()));
        if repeated { Err(JwkFault::RepeatedKid) } else { Ok(Self { keys }) }
    }

    /// Reads a JWK set. Entries that are not usable here are left out and returned with their faults, as section 5 asks:
    /// leaving a key out refuses tokens, it never accepts any.
    pub fn parse(json: &[u8]) -> Result<(Self, Vec<Skipped>), JwkFault> {
        Self::parse_for(json, None)
    }

    /// The same for a client that registered an algorithm: an RSA key without `alg` is for PS256 where that is the one.
    pub fn parse_for(json: &[u8], registered: Option<Algorithm>) -> Result<(Self, Vec<Skipped>), JwkFault> {
        if json.len() > limits::JWKS_MAX {
            return Err(JwkFault::NotJson);
        }
        let members = strict_json::object(json, limits::JWT_DEPTH_MAX).map_err(|_| JwkFault::NotJson)?;
        let entries = members.get("keys").and_then(Value::as_array).ok_or(JwkFault::Member("keys"))?;
        if entries.len() > limits::JWKS_KEYS_MAX {
            return Err(JwkFault::TooManyKeys);
        }
        let (mut keys, mut skipped) = (Vec::new(), Vec::new());
        for (index, entry) in entries.iter().enumerate() {
            match entry.as_object().ok_or(JwkFault::NotJson).and_then(|members| VerifyingKey::from_members(members, registered)) {
                Ok(key) => keys.push(key),
                Err(fault) => skipped.push(Skipped { index, fault }),
            }
        }
        Ok((Self::new(keys)?, skipped))
    }

    /// The key of this name.
    pub fn find(&self, kid: &str) -> Option<&VerifyingKey> {
        self.keys.iter().find(|key| key.kid() == kid)
    }
    /// The keys in order.
    pub fn iter(&self) -> std::slice::Iter<'_, VerifyingKey> {
        self.keys.iter()
    }
    /// How many there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
    /// The JWK set, ready to be published.
    pub fn to_jwks(&self) -> Value {
        json!({"keys": self.keys.iter().map(VerifyingKey::to_jwk).collect::<Vec<_>>()})
    }
}
