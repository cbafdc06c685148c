//! An immutable open-addressed table: a dense list of entries and a sparse list of places. Readers share it; a write makes
//! another. Never changed in place.

use foldhash::fast::RandomState;
use jeton_core::timestamp::Timestamp;
use std::hash::{BuildHasher, Hash};

/// What a table holds.
pub(crate) trait Entry: Clone {
    /// What it is found by.
    type Key: Eq + Hash;
    /// Its key.
    fn key(&self) -> &Self::Key;
    /// Whether nothing is lost with it.
    fn is_spent_at(&self, now: Timestamp) -> bool;
}

/// The table.
pub(crate) struct Table<E> {
    /// For each place the index of its entry, or [`EMPTY`]. A power of two, a quarter of it empty at least.
    places: Box<[u16]>,
    entries: Box<[E]>,
}

const EMPTY: u16 = u16::MAX;

impl<E: Entry> Table<E> {
    pub(crate) fn empty() -> Self {
        Self { places: Box::new([]), entries: Box::new([]) }
    }
    /// Lays out `entries`, whose keys differ. More than 65,534 entries cannot be addressed; those behind are left out.
    pub(crate) fn build(mut entries: Vec<E>, hasher: &RandomState) -> Self {
        entries.truncate(usize::from(EMPTY) - 1);
        if entries.is_empty() {
            return Self::empty();
        }
        let size = (entries.len() * 4 / 3 + 1).next_power_of_two();
        let mut places = vec![EMPTY; size].into_boxed_slice();
        for (index, entry) in entries.iter().enumerate() {
            let start = hasher.hash_one(entry.key());
            let free = probe(start, size).find(|place| places.get(*place) == Some(&EMPTY));
            if let (Some(place), Ok(index)) = (free.and_then(|place| places.get_mut(place)), u16::try_from(index)) {
                *place = index;
            }
        }
        Self { places, entries: entries.into_boxed_slice() }
    }
    /// Finds the entry of `key`, whose hash is `hash`.
    pub(crate) fn find(&self, key: &E::Key, hash: u64) -> Option<&E> {
        for place in probe(hash, self.places.len()) {
            let index = *self.places.get(place)?;
            if index == EMPTY {
                return None;
            }
            let entry = self.entries.get(usize::from(index))?;
            if entry.key() == key {
                return Some(entry);
            }
        }
        None
    }
    pub(crate) fn entries(&self) -> &[E] {
        &self.entries
    }
}

/// The places to look at, in order. The segment was chosen by the upper bits, so the lower ones are still evenly spread.
fn probe(hash: u64, size: usize) -> impl Iterator<Item = usize> {
    let mask = size.wrapping_sub(1);
    let start = usize::try_from(hash & 0xffff_ffff).unwrap_or(0);
    (0..size).map(move |step| start.wrapping_add(step) & mask)
}
