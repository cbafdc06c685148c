//! Keys of clients, and what they sign.

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PSS_SHA256, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton_core::timestamp::Timestamp;
use serde_json::{Value, json};

/// The key of a client.
pub(crate) struct Key(EcdsaKeyPair);

impl Key {
    pub(crate) fn fresh() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"))
    }
    pub(crate) fn jwks(&self) -> Value {
        let point = self.0.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
        json!({"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "one", "x": x, "y": y}]})
    }
    /// The key as a DPoP proof shows it.
    fn bare(&self) -> Value {
        let whole = self.jwks();
        let member = |name: &str| whole["keys"][0][name].clone();
        json!({"crv": member("crv"), "kty": member("kty"), "x": member("x"), "y": member("y")})
    }
    /// Its thumbprint (RFC 7638).
    pub(crate) fn thumbprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, self.bare().to_string().as_bytes()))
    }
    /// A DPoP proof for a `POST` (RFC 9449).
    pub(crate) fn proof(&self, url: &str, now: Timestamp, nonce: &str) -> String {
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.bare()});
        let name = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>());
        self.sign(&header, &json!({"jti": name, "htm": "POST", "htu": url, "iat": now.as_seconds(), "nonce": nonce}))
    }
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let text = format!("{}.{}", encoded(header), encoded(claims));
        let signature = self.0.sign(&SystemRandom::new(), text.as_bytes()).expect("signs");
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A key of RSA, whose set does not say for which padding it is.
pub(crate) struct RsaKey(RsaKeyPair);

impl RsaKey {
    pub(crate) fn fresh() -> Self {
        Self(RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"))
    }
    pub(crate) fn jwks(&self) -> Value {
        // A sequence of two numbers, the modulus with a zero in front.
        let modulus = &self.0.public_key().as_ref()[9..265];
        json!({"keys": [{"kty": "RSA", "kid": "one", "n": URL_SAFE_NO_PAD.encode(modulus), "e": "AQAB"}]})
    }
    /// What the key signs as PS256.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let text = format!("{}.{}", encoded(header), encoded(claims));
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(&RSA_PSS_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).expect("signs");
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

pub(crate) fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}
