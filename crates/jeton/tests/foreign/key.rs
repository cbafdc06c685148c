//! A key of a client, as a private JWK for its library and as a key set for its registration. For tests alone.

use aws_lc_rs::{
    encoding::{AsBigEndian, EcPrivateKeyBin},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A fresh key for ES256.
pub(super) struct Key {
    public: Value,
    private: String,
}

impl Key {
    pub(super) fn fresh(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let private: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().expect("a private key");
        // An uncompressed point: 4, x, y.
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let public = json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": kid, "x": text(x), "y": text(y)});
        Self { public, private: text(private.as_ref()) }
    }
    /// With the private part, as the client's library reads it.
    pub(super) fn private_jwk(&self) -> Value {
        let mut jwk = self.public.clone();
        jwk["d"] = json!(self.private);
        jwk
    }
    /// As the client registers it.
    pub(super) fn key_set(&self) -> Value {
        json!({"keys": [self.public]})
    }
}
