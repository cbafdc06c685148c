//! Key sets of strangers.

use jeton_core::{jose::KeySet, limits};

/// What is read prints and reads to the same, is bounded, and finds each key by its name.
pub fn run(data: &[u8]) {
    let Ok((keys, skipped)) = KeySet::parse(data) else { return };
    assert!(keys.len() + skipped.len() <= limits::JWKS_KEYS_MAX);
    let (again, none) = KeySet::parse(keys.to_jwks().to_string().as_bytes()).expect("what is printed parses");
    assert_eq!((&again, none.len()), (&keys, 0));
    for key in keys.iter() {
        assert_eq!(keys.find(key.kid()), Some(key));
        assert!(key.verify(data, data).is_err());
    }
}
