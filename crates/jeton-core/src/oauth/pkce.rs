//! Proof Key for Code Exchange (RFC 7636), S256 alone.

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;

/// How long a verifier is (section 4.1).
const VERIFIER: std::ops::RangeInclusive<usize> = 43..=128;
/// How long a SHA-256 is in base64url.
const CHALLENGE: usize = 43;

/// Whether this can be a challenge: a SHA-256 in base64url, in its one spelling.
pub fn is_challenge(text: &str) -> bool {
    text.len() == CHALLENGE && URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

/// Whether this can be a verifier: 43 to 128 unreserved characters.
pub fn is_verifier(text: &str) -> bool {
    VERIFIER.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}

/// Whether a verifier is the one that a challenge was made of. Compared in constant time.
pub fn verifies(challenge: &str, verifier: &str) -> bool {
    if !is_verifier(verifier) {
        return false;
    }
    challenge_of(verifier).as_bytes().ct_eq(challenge.as_bytes()).into()
}

/// The challenge of a verifier.
pub fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    const VERIFIER_OF_RFC: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE_OF_RFC: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_rfc_verifies_and_nothing_beside_it() {
        assert!(verifies(CHALLENGE_OF_RFC, VERIFIER_OF_RFC));
        // `plain`: the challenge itself is no proof.
        assert!(!verifies(CHALLENGE_OF_RFC, CHALLENGE_OF_RFC));
        for at in 0..VERIFIER_OF_RFC.len() {
            let mut changed = VERIFIER_OF_RFC.to_owned();
            changed.replace_range(at..=at, "~");
            assert!(!verifies(CHALLENGE_OF_RFC, &changed), "{changed}");
        }
        assert!(!verifies("", VERIFIER_OF_RFC));
    }

    #[test]
    fn shapes_are_exact() {
        assert!(is_challenge(CHALLENGE_OF_RFC));
        // The last character has two bits that must be zero.
        for bad in ["", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN", &CHALLENGE_OF_RFC[1..], &format!("{CHALLENGE_OF_RFC}=")] {
            assert!(!is_challenge(bad), "{bad}");
        }
        assert!(is_verifier(&"a".repeat(43)) && is_verifier(&"~".repeat(128)));
        for bad in ["a".repeat(42), "a".repeat(129), "a b".repeat(20), "\u{e9}".repeat(30)] {
            assert!(!is_verifier(&bad), "{bad}");
        }
    }
}
