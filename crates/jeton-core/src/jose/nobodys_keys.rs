//! Keys of nobody, to verify by where there is no key to verify by: so that an answer about somebody who is not here takes the time of
//! one about somebody who is.
//!
//! Never makes anybody believed: their private halves are published.

use super::{KeySet, UnverifiedJwt};
use std::sync::LazyLock;

/// A public key for each algorithm: the published examples of RFC 7515 (A.2, A.3), RFC 8037 (A.2), and the first once more for PS256.
const NOBODYS: &str = r#"{"keys": [
    {"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "es256",
     "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
    {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "eddsa", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    {"kty": "RSA", "alg": "RS256", "kid": "rs256", "e": "AQAB", "n": "MODULUS"},
    {"kty": "RSA", "alg": "PS256", "kid": "ps256", "e": "AQAB", "n": "MODULUS"}
]}"#;
/// The modulus of RFC 7515, A.2.1.
const MODULUS: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMs\
                       D1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xs\
                       mtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp\
                       oQ";

static KEYS: LazyLock<KeySet> =
    LazyLock::new(|| KeySet::parse(NOBODYS.replace("MODULUS", MODULUS).as_bytes()).map(|(keys, _)| keys).unwrap_or_default());

/// Verifies a signature in vain, by nobody's key of its algorithm. Tells whether there was one; never whether it fits.
pub fn verify_in_vain(text: &[u8]) -> bool {
    let Ok(jwt) = UnverifiedJwt::parse(text) else { return false };
    let Some(key) = KEYS.iter().find(|key| key.algorithm().is_named(jwt.alg())) else { return false };
    let _proves_nothing = jwt.verify_signature(key);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    #[test]
    fn there_is_a_key_for_each_algorithm_and_for_nothing_else() {
        let of = |alg: &str| {
            let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
            format!("{}.{}.{}", part(format!(r#"{{"alg":"{alg}"}}"#).as_bytes()), part(b"{}"), part(&[1; 64]))
        };
        for alg in ["ES256", "EdDSA", "Ed25519", "RS256", "PS256"] {
            assert!(verify_in_vain(of(alg).as_bytes()), "{alg}");
        }
        for alg in ["none", "HS256", "es256", ""] {
            assert!(!verify_in_vain(of(alg).as_bytes()), "{alg}");
        }
        assert!(!verify_in_vain(b"a.b"));
    }
}
