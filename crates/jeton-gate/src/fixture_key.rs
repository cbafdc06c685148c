//! A client's key for tests: makes the proofs that a client would make, and those that it should not.

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

pub(crate) struct ClientKey(EcdsaKeyPair);

pub(crate) fn hashed(bytes: &[u8]) -> [u8; 32] {
    digest::digest(&digest::SHA256, bytes).as_ref().try_into().expect("32 bytes")
}

impl ClientKey {
    pub(crate) fn generate() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("key"))
    }
    fn coordinates(&self) -> [String; 2] {
        let point = self.0.public_key().as_ref();
        [&point[1..33], &point[33..65]].map(|half| URL_SAFE_NO_PAD.encode(half))
    }
    pub(crate) fn thumbprint(&self) -> [u8; 32] {
        let [x, y] = self.coordinates();
        hashed(format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#).as_bytes())
    }
    /// The claims of a proof for one request.
    pub(crate) fn claims(token: &str, method: &str, url: &str, jti: &str, iat: i64) -> Value {
        json!({"jti": jti, "htm": method, "htu": url, "iat": iat, "ath": URL_SAFE_NO_PAD.encode(hashed(token.as_bytes()))})
    }
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let [x, y] = self.coordinates();
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256", "x": x, "y": y}});
        let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = self.0.sign(&SystemRandom::new(), input.as_bytes()).expect("signature");
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
