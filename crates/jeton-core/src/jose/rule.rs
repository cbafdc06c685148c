//! The rules that a JWT of any issuer is held to, as data: what each is called and what it asks for.

use serde::{Serialize, Serializer};

/// One rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The size limits.
    Size,
    /// The compact serialisation.
    Compact,
    /// The header's JSON.
    Header,
    /// Members that must be understood.
    Critical,
    /// Keys that the token brings.
    EmbeddedKey,
    /// Nesting and encryption.
    Nested,
    /// The algorithm.
    Algorithm,
    /// The key.
    Key,
    /// The signature.
    Signature,
    /// The media type.
    Type,
    /// The claims' JSON.
    Claims,
    /// The issuer.
    Issuer,
    /// The audience.
    Audience,
    /// The end.
    Expiry,
    /// The start.
    NotBefore,
    /// The time of issue.
    IssuedAt,
    /// What RFC 9068 requires of an access token.
    AccessToken,
}

impl Rule {
    /// All rules, in the order in which they are checked.
    pub const ALL: [Self; 17] = [
        Self::Size,
        Self::Compact,
        Self::Header,
        Self::Critical,
        Self::EmbeddedKey,
        Self::Nested,
        Self::Algorithm,
        Self::Key,
        Self::Signature,
        Self::Type,
        Self::Claims,
        Self::Issuer,
        Self::Audience,
        Self::Expiry,
        Self::NotBefore,
        Self::IssuedAt,
        Self::AccessToken,
    ];

    /// Its short name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Compact => "compact",
            Self::Header => "header",
            Self::Critical => "critical",
            Self::EmbeddedKey => "embedded_key",
            Self::Nested => "nested",
            Self::Algorithm => "algorithm",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Type => "type",
            Self::Claims => "claims",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Expiry => "expiry",
            Self::NotBefore => "not_before",
            Self::IssuedAt => "issued_at",
            Self::AccessToken => "access_token",
        }
    }
    /// What it asks for.
    pub const fn asks(self) -> &'static str {
        match self {
            Self::Size => "at most 16 KiB, the header at most 4 KiB",
            Self::Compact => "three unpadded base64url parts joined by dots, each in its one spelling (RFC 7515, section 3.1)",
            Self::Header => "a header that is a JSON object with each member once (RFC 7515, section 4)",
            Self::Critical => "no `crit`, `b64` or `zip`: they change what the token means (RFC 7515, section 4.1.11)",
            Self::EmbeddedKey => "no `jwk`, `jku`, `x5u` or `x5c`: a token must not choose its key (RFC 8725, section 3.10)",
            Self::Nested => "no nested and no encrypted token",
            Self::Algorithm => "`alg` is `ES256`, `EdDSA` (or `Ed25519`), `RS256` or `PS256`, never `none` (RFC 8725, section 3.1)",
            Self::Key => "`kid` names a key of the set, whose algorithm is `alg`",
            Self::Signature => "the signature fits the key",
            Self::Type => "`typ` is the expected one (RFC 8725, section 3.11)",
            Self::Claims => "claims that are a JSON object with each member once (RFC 7519, section 4)",
            Self::Issuer => "`iss` is exactly the expected issuer (RFC 8725, section 3.8)",
            Self::Audience => "`aud` names the expected audience (RFC 8725, section 3.9)",
            Self::Expiry => "`exp` is there and lies ahead",
            Self::NotBefore => "`nbf`, if there, has come",
            Self::IssuedAt => "`iat`, if there, does not lie ahead",
            Self::AccessToken => {
                "an access token has `iss`, `exp`, `aud`, `sub`, `client_id`, `iat` and `jti`, each of its type (RFC 9068, section 2.2)"
            }
        }
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
