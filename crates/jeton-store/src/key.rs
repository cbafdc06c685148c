//! Signing keys: published before they sign, sealed at rest, retired after the last token that they signed has expired.

use jeton_core::timestamp::Timestamp;

/// A signing key as stored. Which stage it is in follows from the clock: published from `published_at`, signing from
/// `signs_from` until a newer one signs, verifying until `removed_at`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// The JWK thumbprint (RFC 7638) of its public half.
    pub kid: String,
    /// `ES256`, `EdDSA` or `RS256`.
    pub algorithm: String,
    /// The public half as a JWK.
    pub public_jwk: String,
    /// The private half in PKCS #8, sealed for the context `signing_key:KID`.
    pub sealed_private: Vec<u8>,
    /// When it was put into the key set.
    pub published_at: Timestamp,
    /// From when on it signs.
    pub signs_from: Timestamp,
    /// When it stops verifying; `None` while it is the newest.
    pub removed_at: Option<Timestamp>,
}
