//! The master keys: what everything sealed or marked rests on, kept outside the database.
//!
//! A key file holds one key a line, the current one first; older ones only open and check what was sealed or marked under
//! them. A key never leaves this file but as the narrower keys derived from it (HKDF-SHA-256, RFC 5869), one per purpose.

use crate::dpop_nonce::NonceKey;
use aws_lc_rs::{digest, hkdf};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// What a derived key is for. Keys for different purposes tell nothing of one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Sealing what must be readable again.
    Seal,
    /// Marking rows.
    RowMac,
    /// Linking audit events.
    AuditChain,
    /// Marking what is kept beside the database: generation, journal, backups.
    Outside,
    /// Tokens that show that a form came from one of our own pages.
    Csrf,
    /// Making DPoP nonces.
    DpopNonce,
    /// Making pairwise subjects.
    Subject,
}

/// Names a master key: the first four bytes of a hash of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MasterKeyId([u8; 4]);

/// One 256-bit master key.
pub struct MasterKey {
    id: MasterKeyId,
    bytes: Zeroizing<[u8; 32]>,
}

/// The master keys of an installation, the current one first.
pub struct KeyRing {
    current: MasterKey,
    older: Vec<MasterKey>,
}

/// A key file that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKeyFile {
    /// Nothing in it.
    #[error("holds no master key")]
    Empty,
    /// A line that is no key.
    #[error("line {0} is no master key (`jmk_` and 43 base64url characters)")]
    BadLine(usize),
    /// The same key twice.
    #[error("line {0} repeats a key")]
    Repeated(usize),
}

const PREFIX: &str = "jmk_";

impl MasterKey {
    /// From 256 random bits.
    pub fn from_random(random: [u8; 32]) -> Self {
        let hash = digest::digest(&digest::SHA256, &[b"jeton master key id".as_slice(), &random].concat());
        let mut id = [0; 4];
        id.iter_mut().zip(hash.as_ref()).for_each(|(slot, byte)| *slot = *byte);
        Self { id: MasterKeyId(id), bytes: Zeroizing::new(random) }
    }
    /// Its public name.
    pub const fn id(&self) -> MasterKeyId {
        self.id
    }
    /// The line that stands for it in a key file.
    pub fn expose_line(&self) -> Zeroizing<String> {
        let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(self.bytes.as_slice()));
        Zeroizing::new(format!("{PREFIX}{}", *encoded))
    }
    /// The key that DPoP nonces follow from: the same on every node.
    pub fn nonce_key(&self) -> NonceKey {
        NonceKey::from_bytes(&self.derive(Purpose::DpopNonce))
    }
    /// The 256-bit key for one purpose.
    pub(crate) fn derive(&self, purpose: Purpose) -> Zeroizing<[u8; 32]> {
        struct Length;
        impl hkdf::KeyType for Length {
            fn len(&self) -> usize {
                32
            }
        }
        let label: &[u8] = match purpose {
            Purpose::Seal => b"jeton seal v1",
            Purpose::RowMac => b"jeton row mac v1",
            Purpose::AuditChain => b"jeton audit chain v1",
            Purpose::Outside => b"jeton outside v1",
            Purpose::Csrf => b"jeton csrf v1",
            Purpose::DpopNonce => b"jeton dpop nonce v1",
            Purpose::Subject => b"jeton pairwise subject v1",
        };
        let mut out = Zeroizing::new([0; 32]);
        let filled = hkdf::Salt::new(hkdf::HKDF_SHA256, b"jeton")
            .extract(self.bytes.as_slice())
            .expand(&[label], Length)
            .and_then(|okm| okm.fill(out.as_mut_slice()));
        debug_assert!(filled.is_ok(), "32 bytes are within what HKDF gives");
        out
    }
}

impl KeyRing {
    /// What the key of pairwise subjects is made of where an installation has none yet: of the oldest master key, which subjects
    /// followed from before they had a key of their own.
    pub fn first_subject_secret(&self) -> Zeroizing<[u8; 32]> {
        self.older.last().unwrap_or(&self.current).derive(Purpose::Subject)
    }
    /// A ring of one key.
    pub const fn of(current: MasterKey) -> Self {
        Self { current, older: Vec::new() }
    }
    /// Reads a key file: one key a line, the current one first; empty lines and lines with `#` are passed over.
    pub fn parse(text: &str) -> Result<Self, BadKeyFile> {
        let mut keys: Vec<MasterKey> = Vec::new();
        for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let encoded = line.strip_prefix(PREFIX).ok_or(BadKeyFile::BadLine(number))?;
            let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(encoded).map_err(|_| BadKeyFile::BadLine(number))?);
            let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| BadKeyFile::BadLine(number))?;
            let key = MasterKey::from_random(bytes);
            if keys.iter().any(|known| known.id == key.id) {
                return Err(BadKeyFile::Repeated(number));
            }
            keys.push(key);
        }
        let mut keys = keys.into_iter();
        let current = keys.next().ok_or(BadKeyFile::Empty)?;
        Ok(Self { current, older: keys.collect() })
    }
    /// This ring with `next` in front, for a rotation of the master key.
    #[must_use]
    pub fn rotated(self, next: MasterKey) -> Self {
        let mut older = vec![self.current];
        older.extend(self.older);
        Self { current: next, older }
    }
    /// The whole file.
    pub fn expose_file(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::new());
        for key in self.iter() {
            text.push_str(&key.expose_line());
            text.push('\n');
        }
        text
    }
    /// The key that new things are sealed and marked under.
    pub const fn current(&self) -> &MasterKey {
        &self.current
    }
    /// The key of this name.
    pub fn find(&self, id: MasterKeyId) -> Option<&MasterKey> {
        self.iter().find(|key| key.id == id)
    }
    /// All keys, the current one first.
    pub fn iter(&self) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.current).chain(&self.older)
    }
}

impl MasterKeyId {
    /// From its four bytes.
    pub const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }
    /// The four bytes.
    pub const fn as_bytes(&self) -> &[u8; 4] {
        &self.0
    }
}

impl std::fmt::Display for MasterKeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
impl std::fmt::Debug for MasterKeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}
impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({}, redacted)", self.id)
    }
}
impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_reads_back() {
        let ring = KeyRing::of(MasterKey::from_random([1; 32])).rotated(MasterKey::from_random([2; 32]));
        let again = KeyRing::parse(&ring.expose_file()).expect("key file");
        assert_eq!(again.current().id(), MasterKey::from_random([2; 32]).id());
        assert!(again.find(MasterKey::from_random([1; 32]).id()).is_some());
        assert!(!format!("{ring:?}").contains(&*MasterKey::from_random([1; 32]).expose_line()));
    }

    #[test]
    fn a_bad_key_file_names_the_line() {
        let line = MasterKey::from_random([1; 32]).expose_line();
        assert_eq!(KeyRing::parse("\n# none\n").err(), Some(BadKeyFile::Empty));
        assert_eq!(KeyRing::parse(&format!("# a\n{}x", *line)).err(), Some(BadKeyFile::BadLine(2)));
        assert_eq!(KeyRing::parse(&format!("{0}\n{0}\n", *line)).err(), Some(BadKeyFile::Repeated(2)));
    }

    #[test]
    fn purposes_have_their_own_keys() {
        let key = MasterKey::from_random([1; 32]);
        assert_ne!(*key.derive(Purpose::Seal), *key.derive(Purpose::RowMac));
        assert_ne!(*key.derive(Purpose::Seal), [0; 32]);
    }
}
