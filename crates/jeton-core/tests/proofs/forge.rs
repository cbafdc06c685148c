//! Makes JWTs that this system would never issue, to see them refused.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton_core::{
    jose::{Algorithm, KeySet, SigningKey},
    timestamp::Timestamp,
};
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "https://auth.example.com";
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// An issuer's key in hostile hands: it signs whatever it is given.
pub(crate) struct Forge {
    pair: EcdsaKeyPair,
    pub(crate) key: SigningKey,
    pub(crate) keys: KeySet,
}

impl Forge {
    pub(crate) fn new() -> Self {
        let key = SigningKey::generate(Algorithm::Es256).expect("key");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key.to_pkcs8().expect("PKCS #8")).expect("pair");
        let keys = KeySet::new(vec![key.public().clone()]).expect("key set");
        Self { pair, key, keys }
    }
    pub(crate) fn header(&self) -> Value {
        json!({"alg": "ES256", "kid": self.key.kid(), "typ": "at+jwt"})
    }
    pub(crate) fn header_with(&self, name: &str, value: Value) -> String {
        with(self.header(), name, value)
    }
    /// Signs two texts, JSON or not, with a true signature.
    pub(crate) fn sign(&self, header: &str, claims: &str) -> String {
        self.sign_input(&format!("{}.{}", encode(header), encode(claims)))
    }
    pub(crate) fn sign_input(&self, input: &str) -> String {
        let signature = self.pair.sign(&SystemRandom::new(), input.as_bytes()).expect("signature");
        format!("{input}.{}", encode(signature))
    }
}

/// Claims that are in order.
pub(crate) fn claims() -> Value {
    let now = NOW.as_seconds();
    json!({
        "iss": ISSUER, "sub": "usr_1", "aud": "https://api.example.com", "exp": now + 900, "iat": now,
        "jti": "0123456789ab", "client_id": "app_1", "scope": "orders:read orders:write",
    })
}

/// `object` with one member set, or taken out where `value` is `Value::Null`.
pub(crate) fn with(mut object: Value, name: &str, value: Value) -> String {
    let members = object.as_object_mut().expect("object");
    if value.is_null() {
        members.remove(name)
    } else {
        members.insert(name.to_owned(), value)
    };
    object.to_string()
}
