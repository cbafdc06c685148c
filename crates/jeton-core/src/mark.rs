//! Marks: HMAC-SHA-256 over what is believed when read back (rows, links of the audit chain, files beside the database).
//!
//! A mark is `master key id 4 | HMAC 32`. Fields go in with their type and length, so that no two different rows have the
//! same bytes. A row without its right mark is reported and never believed.

use crate::master_key::{KeyRing, MasterKeyId, Purpose};
use aws_lc_rs::hmac;

/// Bytes of a mark.
pub const MARK_BYTES: usize = 36;

/// The prepared keys for one purpose: deriving them once makes a mark cost one HMAC.
pub struct Marker {
    current: (MasterKeyId, hmac::Key),
    older: Vec<(MasterKeyId, hmac::Key)>,
}

/// Collects the fields of one row, in a fixed order.
#[derive(Clone, Debug, Default)]
pub struct MarkedFields(Vec<u8>);

/// What was read does not carry the mark of this installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("does not carry the mark of this installation")]
pub struct NotMarked;

impl Marker {
    /// Prepares the keys of `ring` for `purpose`.
    pub fn new(ring: &KeyRing, purpose: Purpose) -> Self {
        let prepare = |key: &crate::master_key::MasterKey| (key.id(), hmac::Key::new(hmac::HMAC_SHA256, key.derive(purpose).as_slice()));
        Self { current: prepare(ring.current()), older: ring.iter().skip(1).map(prepare).collect() }
    }
    /// The mark of `fields` under the current master key.
    pub fn mark(&self, fields: &MarkedFields) -> [u8; MARK_BYTES] {
        let tag = hmac::sign(&self.current.1, &fields.0);
        let mut mark = [0; MARK_BYTES];
        let bytes = self.current.0.as_bytes().iter().chain(tag.as_ref());
        mark.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = *byte);
        mark
    }
    /// Checks a mark, in constant time, under whichever master key made it.
    pub fn check(&self, fields: &MarkedFields, mark: &[u8]) -> Result<(), NotMarked> {
        let (id, tag) = mark.split_first_chunk::<4>().ok_or(NotMarked)?;
        let id = MasterKeyId::from_bytes(*id);
        let key = std::iter::once(&self.current).chain(&self.older).find(|(own, _)| *own == id).ok_or(NotMarked)?;
        hmac::verify(&key.1, &fields.0, tag).map_err(|_| NotMarked)
    }
    /// Whether a mark was made under the current master key.
    pub fn is_current(&self, mark: &[u8]) -> bool {
        mark.starts_with(self.current.0.as_bytes())
    }
}

impl std::fmt::Debug for Marker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Marker({}, redacted)", self.current.0)
    }
}

impl MarkedFields {
    /// Begins with the name of the table or file, so that rows of different kinds never share a mark.
    pub fn of(kind: &str) -> Self {
        // Room for most rows, so that it need not grow on the way.
        Self(Vec::with_capacity(768)).text(kind)
    }
    /// Adds bytes.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.push(1);
        self.0.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        self.0.extend_from_slice(bytes);
        self
    }
    /// Adds text.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }
    /// Adds a number.
    #[must_use]
    pub fn number(mut self, number: i64) -> Self {
        self.0.push(2);
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }
    /// Adds text that may be absent.
    #[must_use]
    pub fn maybe_text(self, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(text),
            None => self.absent(),
        }
    }
    /// Adds bytes that may be absent.
    #[must_use]
    pub fn maybe_bytes(self, bytes: Option<&[u8]>) -> Self {
        match bytes {
            Some(bytes) => self.bytes(bytes),
            None => self.absent(),
        }
    }
    /// Adds a number that may be absent.
    #[must_use]
    pub fn maybe_number(self, number: Option<i64>) -> Self {
        match number {
            Some(number) => self.number(number),
            None => self.absent(),
        }
    }
    fn absent(mut self) -> Self {
        self.0.push(0);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::master_key::MasterKey;

    #[test]
    fn marks_tell_fields_rows_and_keys_apart() {
        let ring = KeyRing::of(MasterKey::from_random([1; 32]));
        let marker = Marker::new(&ring, Purpose::RowMac);
        let row = MarkedFields::of("tokens").text("a").maybe_text(None).number(1);
        let mark = marker.mark(&row);
        assert!(marker.check(&row, &mark).is_ok());
        for other in [
            MarkedFields::of("tokens").text("a").text("").number(1),
            MarkedFields::of("tokens").text("a").maybe_text(None).number(2),
            MarkedFields::of("apis").text("a").maybe_text(None).number(1),
        ] {
            assert_eq!(marker.check(&other, &mark), Err(NotMarked));
        }
        for at in 0..MARK_BYTES {
            let mut changed = mark;
            changed[at] ^= 1;
            assert!(marker.check(&row, &changed).is_err());
        }
        let rotated = Marker::new(&ring.rotated(MasterKey::from_random([2; 32])), Purpose::RowMac);
        assert!(rotated.check(&row, &mark).is_ok());
        assert!(!rotated.is_current(&mark));
        assert!(Marker::new(&KeyRing::of(MasterKey::from_random([1; 32])), Purpose::AuditChain).check(&row, &mark).is_err());
    }
}
