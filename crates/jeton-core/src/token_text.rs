//! The text of opaque tokens: issued from randomness, refused by shape before anything is looked up.
//!
//! `jtn_pat_<id: 12 base62><secret: 43 base62 = 256 bits><CRC-32 of all before it: 6 base62>`, with `brand_` in front where
//! the operator chose a brand. The plain text leaves this file only through [`PlainToken::expose`] (for the one answer that
//! issues it) and as a [`TokenDigest`].

use crate::{base62, id::TokenId, kind::TokenKind, limits};
use aws_lc_rs::digest;
use zeroize::Zeroizing;

const MARKER: &str = "jtn_";
const SECRET_DIGITS: usize = 43;
const CHECKSUM_DIGITS: usize = 6;
const BODY: usize = 12 + SECRET_DIGITS + CHECKSUM_DIGITS;

/// A token's whole text. Has no `Display`, no `Serialize`, and its `Debug` prints only its type.
pub struct PlainToken(Zeroizing<String>);

/// The part in front of the marker that tells one operator's tokens from another's: `acme` in `acme_jtn_pat_…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brand(Box<str>);

/// SHA-256 of a token's whole text: the only form in which a token is stored.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenDigest([u8; 32]);

/// What can be told from a token's text alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParsedToken {
    /// What it says it is.
    pub kind: TokenKind,
    /// The id that its row is stored under.
    pub id: TokenId,
    /// The digest to compare with the stored one.
    pub digest: TokenDigest,
}

/// Why a text cannot be a token of Jeton's. None of these needs a look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ShapeFault {
    /// Longer than any token.
    #[error("longer than any token")]
    TooLong,
    /// No `jtn_` marker at its place.
    #[error("does not begin like a token of this system")]
    NoMarker,
    /// The three letters name no kind.
    #[error("names no known token kind")]
    UnknownKind,
    /// Too short, too long or with other characters than letters and digits.
    #[error("cut off, padded or with a character that no token has")]
    BadBody,
    /// The checksum does not fit: a typing or copying mistake.
    #[error("mistyped or cut: the checksum does not fit")]
    BadChecksum,
}

impl PlainToken {
    /// Makes a token's text from its id and 256 random bits.
    pub fn from_random(brand: Option<&Brand>, kind: TokenKind, id: TokenId, random: &[u8; 32]) -> Self {
        let secret = Zeroizing::new(base62::encode::<SECRET_DIGITS>(random));
        let mut text = Zeroizing::new(String::with_capacity(limits::TOKEN_TEXT_MAX));
        if let Some(brand) = brand {
            text.push_str(&brand.0);
            text.push('_');
        }
        text.push_str(MARKER);
        text.push_str(kind.as_str());
        text.push('_');
        text.push_str(id.digits());
        text.push_str(std::str::from_utf8(secret.as_slice()).unwrap_or_default());
        let checksum = checksum(text.as_bytes());
        text.push_str(std::str::from_utf8(&checksum).unwrap_or_default());
        Self(text)
    }
    /// The text itself. For the answer that issues the token, and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
    /// The last four characters, kept so that an owner can tell tokens apart.
    pub fn hint(&self) -> &str {
        self.0.len().checked_sub(4).and_then(|from| self.0.get(from..)).unwrap_or_default()
    }
    /// What is stored of it.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(self.0.as_bytes())
    }
}

impl std::fmt::Debug for PlainToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PlainToken(redacted)")
    }
}

impl Brand {
    /// Reads a brand: 1 to 16 characters, a small letter and then small letters or digits.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = !text.is_empty()
            && text.len() <= limits::BRAND_MAX
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        fits.then(|| Self(text.into()))
    }
    /// The brand's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TokenDigest {
    /// Hashes a token's whole text.
    pub fn of(text: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, text).as_ref());
        Self(bytes)
    }
    /// From the stored 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
    /// Compares in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl std::fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenDigest(redacted)")
    }
}

/// Reads a token's text by shape alone, with or without a brand. Any brand is accepted here: the digest covers it.
pub fn parse(text: &[u8]) -> Result<ParsedToken, ShapeFault> {
    if text.len() > limits::TOKEN_TEXT_MAX {
        return Err(ShapeFault::TooLong);
    }
    let rest = after_marker(text).ok_or(ShapeFault::NoMarker)?;
    let (kind, rest) = rest.split_at_checked(4).ok_or(ShapeFault::UnknownKind)?;
    let kind = kind.strip_suffix(b"_").and_then(|letters| std::str::from_utf8(letters).ok()).and_then(TokenKind::parse);
    let kind = kind.filter(|kind| kind.has_text()).ok_or(ShapeFault::UnknownKind)?;
    if rest.len() != BODY || !base62::is_base62(rest) {
        return Err(ShapeFault::BadBody);
    }
    let (covered, found) = text.split_at_checked(text.len() - CHECKSUM_DIGITS).ok_or(ShapeFault::BadBody)?;
    if checksum(covered) != found {
        return Err(ShapeFault::BadChecksum);
    }
    let id = rest.get(..12).and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|digits| TokenId::parse(digits).ok());
    Ok(ParsedToken { kind, id: id.ok_or(ShapeFault::BadBody)?, digest: TokenDigest::of(text) })
}

/// What follows `jtn_`, where that stands at the start or behind a well-formed brand.
fn after_marker(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = text.strip_prefix(MARKER.as_bytes()) {
        return Some(rest);
    }
    let underscore = text.iter().position(|byte| *byte == b'_')?;
    let (brand, rest) = text.split_at_checked(underscore)?;
    Brand::parse(std::str::from_utf8(brand).ok()?)?;
    rest.strip_prefix(b"_")?.strip_prefix(MARKER.as_bytes())
}

fn checksum(covered: &[u8]) -> [u8; CHECKSUM_DIGITS] {
    base62::encode_small(crc32fast::hash(covered))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(brand: Option<&str>) -> PlainToken {
        let brand = brand.and_then(Brand::parse);
        PlainToken::from_random(brand.as_ref(), TokenKind::Pat, TokenId::from_random([3; 16]), &[9; 32])
    }

    #[test]
    fn what_is_issued_parses() {
        for brand in [None, Some("acme")] {
            let plain = token(brand);
            let parsed = parse(plain.expose().as_bytes()).expect("issued text parses");
            assert_eq!(parsed.kind, TokenKind::Pat);
            assert_eq!(parsed.id, TokenId::from_random([3; 16]));
            assert!(parsed.digest.matches(&plain.digest()));
        }
        assert_eq!(token(None).expose().len(), "jtn_pat_".len() + 61);
    }

    #[test]
    fn every_single_changed_character_is_refused_by_shape() {
        let plain = token(None);
        for at in 0..plain.expose().len() {
            let mut text = plain.expose().as_bytes().to_vec();
            if let Some(byte) = text.get_mut(at) {
                *byte = if *byte == b'x' { b'y' } else { b'x' };
            }
            assert!(parse(&text).is_err(), "position {at}");
        }
    }

    #[test]
    fn faults_are_told_apart() {
        let plain = token(None);
        let text = plain.expose();
        assert_eq!(parse(b""), Err(ShapeFault::NoMarker));
        assert_eq!(parse(b"sk_live_1"), Err(ShapeFault::NoMarker));
        assert_eq!(parse(b"jtn_xyz_1"), Err(ShapeFault::UnknownKind));
        let grant = PlainToken::from_random(None, TokenKind::Grt, TokenId::from_random([3; 16]), &[9; 32]);
        assert_eq!(parse(grant.expose().as_bytes()), Err(ShapeFault::UnknownKind));
        assert_eq!(parse(&text.as_bytes()[..40]), Err(ShapeFault::BadBody));
        assert_eq!(parse(&[b'a'; 97]), Err(ShapeFault::TooLong));
        assert_eq!(parse(text.replace("jtn_pat", "jtn_key").as_bytes()), Err(ShapeFault::BadChecksum));
        assert_eq!(parse(format!("Acme_{text}").as_bytes()), Err(ShapeFault::NoMarker));
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?}", token(None)), "PlainToken(redacted)");
    }
}
