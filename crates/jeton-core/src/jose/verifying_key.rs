//! A public key that verifies signatures of exactly one algorithm.

use super::{
    Algorithm, JwkFault, base64url,
    jwk::{self, Material},
};
use crate::{denial::JwtFault, limits, strict_json};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
};
use serde_json::{Map, Value};

/// A public key, its name and its one algorithm.
#[derive(Clone)]
pub struct VerifyingKey {
    kid: Box<str>,
    algorithm: Algorithm,
    material: Material,
    parsed: ParsedPublicKey,
}

impl VerifyingKey {
    /// Reads a JWK (RFC 7517). Without a `kid`, its thumbprint becomes its name.
    pub fn from_jwk(json: &[u8]) -> Result<Self, JwkFault> {
        if json.len() > limits::JWKS_MAX {
            return Err(JwkFault::NotJson);
        }
        Self::from_members(&strict_json::object(json, limits::JWT_DEPTH_MAX).map_err(|_| JwkFault::NotJson)?, None)
    }

    pub(super) fn from_members(members: &Map<String, Value>, registered: Option<Algorithm>) -> Result<Self, JwkFault> {
        let read = jwk::read(members, registered)?;
        Self::new(read.kid, read.algorithm, read.material)
    }

    pub(super) fn new(kid: Option<String>, algorithm: Algorithm, material: Material) -> Result<Self, JwkFault> {
        let parsed = match &material {
            Material::Ec { x, y } => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, [&[4], x.as_slice(), y.as_slice()].concat()),
            Material::Okp { x } => ParsedPublicKey::new(&ED25519, x),
            Material::Rsa { n, e } => {
                // One key, one algorithm: the parsed key knows only this padding.
                let padding = if algorithm == Algorithm::Ps256 { &RSA_PSS_2048_8192_SHA256 } else { &RSA_PKCS1_2048_8192_SHA256 };
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(padding)
            }
        };
        let parsed = parsed.map_err(|_| JwkFault::BadPoint)?;
        let kid = kid.unwrap_or_else(|| base64url::encode(&thumbprint(&material)));
        Ok(Self { kid: kid.into(), algorithm, material, parsed })
    }

    /// What tokens name it by.
    pub fn kid(&self) -> &str {
        &self.kid
    }
    /// Its one algorithm.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
    /// The thumbprint with SHA-256 (RFC 7638) in base64url, which names the key whatever its `kid` is.
    pub fn thumbprint(&self) -> String {
        base64url::encode(&thumbprint(&self.material))
    }
    /// The same as its 32 bytes: what `jkt` and a token's binding hold.
    pub fn thumbprint_bytes(&self) -> [u8; 32] {
        thumbprint(&self.material)
    }
    /// The JWK, with `kid`, `use` and `alg`.
    pub fn to_jwk(&self) -> Value {
        self.material.to_jwk(&self.kid, self.algorithm)
    }
    /// Whether `signature` is this key's for `message`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), JwtFault> {
        self.parsed.verify_sig(message, signature).map_err(|_| JwtFault::BadSignature)
    }
}

fn thumbprint(material: &Material) -> [u8; 32] {
    super::sha256(material.required_members().as_bytes())
}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerifyingKey({}, {})", self.algorithm, self.kid)
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.kid == other.kid && self.algorithm == other.algorithm && self.material == other.material
    }
}
impl Eq for VerifyingKey {}
