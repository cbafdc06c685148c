//! JWT access tokens through the whole verification, under a key whose every signature is known.
//!
//! The key is Ed25519, which signs deterministically: whatever verifies must be, byte for byte, what issuing its claims gives.

use jeton_core::{
    jose::{Algorithm, KeySet, SigningKey, verify, verify_access_token_at},
    timestamp::Timestamp,
};
use std::sync::OnceLock;

/// The issuer of the corpus.
pub const ISSUER: &str = "https://auth.example.com";
/// When the corpus was issued.
pub const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// The key of the corpus: no secret at all.
pub fn key() -> &'static (SigningKey, KeySet) {
    static KEY: OnceLock<(SigningKey, KeySet)> = OnceLock::new();
    KEY.get_or_init(|| {
        let head = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
        let key = SigningKey::from_pkcs8(Algorithm::EdDsa, &[head.as_slice(), &[7; 32]].concat()).expect("PKCS #8 of an Ed25519 key");
        let keys = KeySet::new(vec![key.public().clone()]).expect("one key");
        (key, keys)
    })
}

/// What verifies was issued, and the general verifier agrees.
pub fn run(data: &[u8]) {
    let (key, keys) = key();
    let Ok(token) = verify_access_token_at(data, keys, ISSUER, NOW) else { return };
    let issued = key.issue_access_token(token.claims()).expect("signs");
    assert_eq!(issued.expose().as_bytes(), data, "nothing verifies but what was issued");
    let expected = verify::Expected { issuer: Some(ISSUER), typ: Some("at+jwt"), ..verify::Expected::default() };
    assert!(verify::verify_at(data, keys, &expected, NOW).verified().is_some());
}
