//! Token Status Lists: the states of many JWTs in two bits each, for whoever verifies them without asking. The lowest bits of a
//! byte stand for its first token; compressed as DEFLATE in a zlib frame, written in base64url.
//!
//! Says nothing of whose a place is: only the JWT itself names its list and its place in it.

use crate::facts::TokenState;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Bits for each token.
pub const BITS: u8 = 2;
/// Places of a list.
pub const SLOTS: u32 = 1 << 20;
/// How hard the list is compressed: the best that costs no more than some milliseconds.
const LEVEL: u8 = 6;

/// What a list says of one token (Token Status List, section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Nothing speaks against it. Places that no token has say so too.
    Valid = 0,
    /// It is dead for ever.
    Invalid = 1,
    /// It must not be used at present.
    Suspended = 2,
}

/// The states of one list.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusList(Vec<u8>);

impl Status {
    /// What a state comes to.
    pub const fn of(state: TokenState) -> Self {
        match state {
            TokenState::Active => Self::Valid,
            TokenState::Suspended => Self::Suspended,
            TokenState::Revoked => Self::Invalid,
        }
    }
    /// What a token comes to that hangs on another: the end of either is its end, and what is held is held.
    #[must_use]
    pub fn under(self, ancestor: Self) -> Self {
        match (self, ancestor) {
            (Self::Invalid, _) | (_, Self::Invalid) => Self::Invalid,
            (own, other) => own.max(other),
        }
    }
}

impl StatusList {
    /// A list in which all is valid.
    pub fn new() -> Self {
        Self(vec![0; SLOTS as usize * usize::from(BITS) / 8])
    }
    /// Puts the state of a place down. A place that the list does not have is none of its business.
    pub fn set(&mut self, slot: u32, status: Status) {
        let (at, shift) = place(slot);
        if let Some(byte) = self.0.get_mut(at) {
            *byte = *byte & !(0b11 << shift) | (status as u8) << shift;
        }
    }
    /// The state of a place; `None` for one that the list does not have.
    pub fn find(&self, slot: u32) -> Option<Status> {
        let (at, shift) = place(slot);
        let status = match self.0.get(at)? >> shift & 0b11 {
            0 => Status::Valid,
            2 => Status::Suspended,
            _ => Status::Invalid,
        };
        Some(status)
    }
    /// The member `lst` of a status list.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(miniz_oxide::deflate::compress_to_vec_zlib(&self.0, LEVEL))
    }
}

impl Default for StatusList {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for StatusList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StatusList({} bytes)", self.0.len())
    }
}

/// The byte of a place, and how far its bits lie above the lowest.
const fn place(slot: u32) -> (usize, u32) {
    let bit = slot as usize * BITS as usize;
    (bit / 8, (bit % 8) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification, section 4.1: two bits, twelve tokens.
    #[test]
    fn the_first_token_has_the_lowest_bits() {
        let mut list = StatusList::new();
        for (slot, status) in [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3].into_iter().enumerate() {
            let (at, shift) = place(slot as u32);
            list.0[at] |= status << shift;
        }
        assert_eq!(list.0[..3], [0xc9, 0x44, 0xf9]);
        assert_eq!((list.find(0), list.find(1), list.find(2)), (Some(Status::Invalid), Some(Status::Suspended), Some(Status::Valid)));
        // What is not one of ours is not taken for valid.
        assert_eq!(list.find(3), Some(Status::Invalid));
    }

    #[test]
    fn a_place_is_set_and_set_again() {
        let mut list = StatusList::new();
        for slot in [0, 1, 5, SLOTS - 1] {
            for status in [Status::Invalid, Status::Suspended, Status::Valid, Status::Suspended, Status::Invalid] {
                list.set(slot, status);
                assert_eq!(list.find(slot), Some(status));
            }
        }
        assert_eq!(list.find(4), Some(Status::Valid));
        list.set(SLOTS, Status::Invalid);
        assert_eq!(list.find(SLOTS), None);
    }

    #[test]
    fn what_is_written_unpacks_to_the_same_bits() {
        let mut list = StatusList::new();
        (0..5000).for_each(|n| list.set(n * 197 % SLOTS, Status::Invalid));
        let packed = URL_SAFE_NO_PAD.decode(list.to_text()).expect("base64url");
        assert_eq!(packed.first(), Some(&0x78), "a zlib frame");
        assert_eq!(miniz_oxide::inflate::decompress_to_vec_zlib(&packed).expect("zlib"), list.0);
        assert!(StatusList::new().to_text().len() < 1000, "an empty list is small");
    }

    #[test]
    fn the_end_of_an_ancestor_is_the_end() {
        use Status::{Invalid, Suspended, Valid};
        assert_eq!((Valid.under(Invalid), Invalid.under(Valid), Suspended.under(Invalid)), (Invalid, Invalid, Invalid));
        assert_eq!((Valid.under(Suspended), Suspended.under(Valid), Invalid.under(Suspended)), (Suspended, Suspended, Invalid));
        assert_eq!(Valid.under(Valid), Valid);
    }
}
