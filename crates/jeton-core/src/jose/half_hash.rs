//! `at_hash`, `c_hash` and `s_hash` (OpenID Connect Core, sections 3.1.3.6 and 3.3.2.11): what ties a text to an ID token.

use super::{Algorithm, base64url};
use aws_lc_rs::digest;

/// The left half of a text's hash in base64url. The hash is the one of the algorithm that signs the ID token; for Ed25519 it
/// is SHA-512.
pub fn half_hash(algorithm: Algorithm, text: &str) -> String {
    let hash = match algorithm {
        Algorithm::Es256 | Algorithm::Rs256 | Algorithm::Ps256 => digest::digest(&digest::SHA256, text.as_bytes()),
        Algorithm::EdDsa => digest::digest(&digest::SHA512, text.as_bytes()),
    };
    let (left, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    base64url::encode(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of OpenID Connect Core, appendix A.4 and A.6.
    #[test]
    fn published_values_come_out() {
        assert_eq!(half_hash(Algorithm::Rs256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(half_hash(Algorithm::Es256, "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"), "LDktKdoQak3Pk0cnXxCltA");
        assert_eq!(half_hash(Algorithm::EdDsa, "a").len(), 43);
    }
}
