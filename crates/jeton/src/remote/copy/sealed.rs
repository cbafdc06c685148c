//! A stream that is sealed piece by piece: written once, read from its beginning, and refused where a byte of it is another.

use super::CopyFault;
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, KeyType, Salt},
};
use std::io::{Error, ErrorKind, Read, Write};
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"JTNCOPY1";
const SALT: usize = 16;
/// Plain bytes of a piece.
const PIECE: usize = 64 * 1024;
/// Bytes that sealing adds to a piece.
const TAG: usize = 16;

/// What copies are sealed under: the gate's token, which nothing of is shown.
#[derive(Clone)]
pub struct CopyKey(Zeroizing<Vec<u8>>);

impl CopyKey {
    /// From the gate's token.
    pub fn of_credential(text: &str) -> Self {
        Self(Zeroizing::new(text.as_bytes().to_vec()))
    }
    /// Another key that follows from the token, for a purpose.
    pub fn derive(&self, salt: &[u8], purpose: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
        struct Length;
        impl KeyType for Length {
            fn len(&self) -> usize {
                32
            }
        }
        let mut key = Zeroizing::new([0; 32]);
        let extracted = Salt::new(HKDF_SHA256, salt).extract(&self.0);
        extracted.expand(&[purpose], Length).and_then(|expanded| expanded.fill(&mut *key)).ok()?;
        Some(key)
    }
    fn of_file(&self, salt: &[u8]) -> std::io::Result<LessSafeKey> {
        let refused = || Error::other("the cryptographic library refused");
        let key = self.derive(salt, b"jeton gate copy v1").ok_or_else(refused)?;
        UnboundKey::new(&AES_256_GCM, &*key).map(LessSafeKey::new).map_err(|_| refused())
    }
}

impl std::fmt::Debug for CopyKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CopyKey(redacted)")
    }
}

/// What a piece is covered with besides its bytes.
fn cover(number: u64, is_last: bool) -> Aad<[u8; 9]> {
    let mut cover = [u8::from(is_last); 9];
    if let Some(place) = cover.first_chunk_mut::<8>() {
        *place = number.to_be_bytes();
    }
    Aad::from(cover)
}

/// Each file has a key of its own, so that the number of a piece is used once under it.
fn nonce(number: u64) -> Nonce {
    let mut bytes = [0; 12];
    if let Some(place) = bytes.last_chunk_mut::<8>() {
        *place = number.to_be_bytes();
    }
    Nonce::assume_unique_for_key(bytes)
}

/// Seals what is written.
pub(super) struct Sealer<W> {
    out: W,
    key: LessSafeKey,
    piece: Vec<u8>,
    number: u64,
}

impl<W: Write> Sealer<W> {
    pub(super) fn new(mut out: W, key: &CopyKey) -> std::io::Result<Self> {
        let mut salt = [0; SALT];
        rand::fill(&mut salt);
        out.write_all(MAGIC)?;
        out.write_all(&salt)?;
        Ok(Self { out, key: key.of_file(&salt)?, piece: Vec::with_capacity(PIECE + TAG), number: 0 })
    }
    /// Writes the last piece.
    pub(super) fn finish(mut self) -> std::io::Result<W> {
        self.seal(true)?;
        self.out.flush()?;
        Ok(self.out)
    }
    fn seal(&mut self, is_last: bool) -> std::io::Result<()> {
        let sealed = self.key.seal_in_place_append_tag(nonce(self.number), cover(self.number, is_last), &mut self.piece);
        sealed.map_err(|_| Error::other("the cryptographic library refused"))?;
        let length = u32::try_from(self.piece.len()).map_err(Error::other)? << 1 | u32::from(is_last);
        self.out.write_all(&length.to_be_bytes())?;
        self.out.write_all(&self.piece)?;
        self.piece.clear();
        self.number += 1;
        Ok(())
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let room = PIECE - self.piece.len();
        let taken = bytes.get(..room.min(bytes.len())).unwrap_or_default();
        self.piece.extend_from_slice(taken);
        if self.piece.len() == PIECE {
            self.seal(false)?;
        }
        Ok(taken.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Opens what a [`Sealer`] wrote.
pub(super) struct Opener<R> {
    from: R,
    key: LessSafeKey,
    piece: Zeroizing<Vec<u8>>,
    at: usize,
    number: u64,
    is_over: bool,
}

impl<R: Read> Opener<R> {
    pub(super) fn new(mut from: R, key: &CopyKey) -> Result<Self, CopyFault> {
        let (mut magic, mut salt) = ([0; 8], [0; SALT]);
        from.read_exact(&mut magic).and_then(|()| from.read_exact(&mut salt)).map_err(|_| CopyFault::Sealed)?;
        if &magic != MAGIC {
            return Err(CopyFault::Unreadable("it is no copy of this version".into()));
        }
        Ok(Self { from, key: key.of_file(&salt)?, piece: Zeroizing::default(), at: 0, number: 0, is_over: false })
    }
    fn open(&mut self) -> std::io::Result<()> {
        let changed = || Error::new(ErrorKind::InvalidData, "it was changed");
        let mut length = [0; 4];
        self.from.read_exact(&mut length).map_err(|_| changed())?;
        let length = u32::from_be_bytes(length);
        let (is_last, length) = (length & 1 == 1, (length >> 1) as usize);
        if length > PIECE + TAG {
            return Err(changed());
        }
        self.piece.clear();
        self.piece.resize(length, 0);
        self.from.read_exact(&mut self.piece).map_err(|_| changed())?;
        let opened = self.key.open_in_place(nonce(self.number), cover(self.number, is_last), &mut self.piece);
        let plain = opened.map_err(|_| changed())?.len();
        self.piece.truncate(plain);
        self.at = 0;
        self.number += 1;
        self.is_over = is_last;
        Ok(())
    }
}

impl<R: Read> Read for Opener<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.piece.len() {
            if self.is_over {
                return Ok(0);
            }
            self.open()?;
        }
        let rest = self.piece.get(self.at..).unwrap_or_default();
        let length = rest.len().min(out.len());
        if let (Some(out), Some(rest)) = (out.get_mut(..length), rest.get(..length)) {
            out.copy_from_slice(rest);
        }
        self.at += length;
        Ok(length)
    }
}
