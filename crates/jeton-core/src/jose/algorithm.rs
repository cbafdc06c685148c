//! The signature algorithms. A closed list of asymmetric ones; `none` and the HMAC family cannot be written down here.

/// A signature algorithm, bound to a key and never taken from a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256 (RFC 7518, section 3.4).
    #[default]
    Es256,
    /// Ed25519 (RFC 8037). Tokens may also call it `Ed25519` (RFC 9864).
    EdDsa,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3).
    Rs256,
    /// RSASSA-PSS with SHA-256 (RFC 7518, section 3.5). Others sign with it; no key here is made for it.
    Ps256,
}

impl Algorithm {
    /// All of them, the default first.
    pub const ALL: [Self; 4] = [Self::Es256, Self::EdDsa, Self::Rs256, Self::Ps256];
    /// Those that keys of Jeton's own sign with, the default first.
    pub const SIGNING: [Self; 3] = [Self::Es256, Self::EdDsa, Self::Rs256];

    /// `ES256`, `EdDSA`, `RS256` or `PS256`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
        }
    }
    /// From its registered name; `Ed25519` is another name of `EdDSA` here. Case counts.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.is_named(text))
    }
    /// The same, where a key of Jeton's own is meant.
    pub fn parse_signing(text: &str) -> Option<Self> {
        Self::SIGNING.into_iter().find(|algorithm| algorithm.is_named(text))
    }
    /// Whether a header's `alg` of `name` stands for this algorithm.
    pub fn is_named(self, name: &str) -> bool {
        name == self.as_str() || (self == Self::EdDsa && name == "Ed25519")
    }
}

impl std::fmt::Display for Algorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact() {
        assert_eq!(Algorithm::parse("Ed25519"), Some(Algorithm::EdDsa));
        for own in Algorithm::ALL {
            assert_eq!(Algorithm::parse(own.as_str()), Some(own));
            assert_eq!(Algorithm::parse_signing(own.as_str()).is_some(), own != Algorithm::Ps256);
        }
        for other in ["", "none", "None", "noNE", "es256", "HS256", "ES256 ", "ps256", "PS512", "ES384", "Ed448", "RS1"] {
            assert_eq!(Algorithm::parse(other), None, "{other}");
        }
    }
}
