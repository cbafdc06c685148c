//! Sealing what must be readable again (signing keys, second factors, upstream secrets): AES-256-GCM under a master key.
//!
//! `version 1 | master key id 4 | nonce 12 | ciphertext | tag 16`. The context (what is sealed, and whose it is) is covered
//! by the tag, so that a sealed value moved to another row does not open there. Nonces are random: at most 2^32 under one key.

use crate::master_key::{KeyRing, MasterKeyId, Purpose};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const HEAD: usize = 1 + 4 + 12;

/// Why something sealed does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealFault {
    /// Not of the form that [`seal`] writes.
    #[error("is not a sealed value of this version")]
    BadForm,
    /// The master key is not in the key file.
    #[error("is sealed under master key `{0}`, which the key file does not hold")]
    MissingKey(MasterKeyId),
    /// Changed, or sealed for something else.
    #[error("was changed, or was sealed for something else")]
    Changed,
    /// The library refused; does not happen with the sizes used here.
    #[error("could not be sealed")]
    Refused,
}

/// Seals `plain` for `context` under the current master key. `nonce` must be random and fresh.
pub fn seal(ring: &KeyRing, context: &[u8], plain: &[u8], nonce: [u8; 12]) -> Result<Vec<u8>, SealFault> {
    let master = ring.current();
    let key = aead_key(&*master.derive(Purpose::Seal))?;
    let mut out = Vec::with_capacity(HEAD + plain.len() + 16);
    out.push(VERSION);
    out.extend_from_slice(master.id().as_bytes());
    out.extend_from_slice(&nonce);
    let mut body = plain.to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut body).map_err(|_| SealFault::Refused)?;
    out.append(&mut body);
    Ok(out)
}

/// Opens what [`seal`] made for the same context.
pub fn open(ring: &KeyRing, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealFault> {
    let (head, body) = sealed.split_at_checked(HEAD).ok_or(SealFault::BadForm)?;
    let ([VERSION, a, b, c, d], nonce) = head.split_first_chunk::<5>().ok_or(SealFault::BadForm)? else {
        return Err(SealFault::BadForm);
    };
    let id = MasterKeyId::from_bytes([*a, *b, *c, *d]);
    let master = ring.find(id).ok_or(SealFault::MissingKey(id))?;
    let key = aead_key(&*master.derive(Purpose::Seal))?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealFault::BadForm)?;
    let mut body = Zeroizing::new(body.to_vec());
    let length = key.open_in_place(nonce, Aad::from(context), &mut body).map_err(|_| SealFault::Changed)?.len();
    body.truncate(length);
    Ok(body)
}

fn aead_key(bytes: &[u8]) -> Result<LessSafeKey, SealFault> {
    UnboundKey::new(&AES_256_GCM, bytes).map(LessSafeKey::new).map_err(|_| SealFault::Refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::master_key::MasterKey;

    #[test]
    fn opens_for_its_context_and_after_a_rotation() {
        let ring = KeyRing::of(MasterKey::from_random([1; 32]));
        let sealed = seal(&ring, b"signing_key:a", b"secret", [5; 12]).expect("seals");
        assert_eq!(open(&ring, b"signing_key:b", &sealed).err(), Some(SealFault::Changed));
        let ring = ring.rotated(MasterKey::from_random([2; 32]));
        assert_eq!(open(&ring, b"signing_key:a", &sealed).expect("opens").as_slice(), b"secret");
        let other = KeyRing::of(MasterKey::from_random([3; 32]));
        assert!(matches!(open(&other, b"signing_key:a", &sealed), Err(SealFault::MissingKey(_))));
    }

    #[test]
    fn no_changed_byte_opens() {
        let ring = KeyRing::of(MasterKey::from_random([1; 32]));
        let sealed = seal(&ring, b"c", b"secret", [5; 12]).expect("seals");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&ring, b"c", &changed).is_err(), "byte {at}");
        }
        for length in 0..sealed.len() {
            assert!(open(&ring, b"c", &sealed[..length]).is_err(), "length {length}");
        }
    }
}
