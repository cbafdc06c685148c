//! Which ids may exist: a Bloom filter in blocks of one cache line, so that a flood of made-up ids is refused without a query.
//!
//! It may say "perhaps" of an id that does not exist (about one in a thousand), never "no" of one that does: every id goes
//! in, from the scan at the start and from every change that names a token, before that change counts as taken in. Ids are
//! never taken out; a new scan makes a new filter.

use jeton_core::{id::TokenId, limits};
use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};

const BLOCK_WORDS: usize = 8;
const BITS_SET: u32 = 8;

/// Ids that may exist.
pub(crate) struct Filter {
    hasher: RandomState,
    blocks: Box<[[AtomicU64; BLOCK_WORDS]]>,
    /// Ids that changed at least one bit.
    added: AtomicUsize,
    room: usize,
}

impl Filter {
    /// For about `ids` ids.
    pub(crate) fn new(ids: usize) -> Self {
        let room = ids.max(65_536);
        let blocks = (room * limits::FILTER_BITS_PER_TOKEN).div_ceil(BLOCK_WORDS * 64);
        Self { hasher: RandomState::new(), blocks: (0..blocks).map(|_| Default::default()).collect(), added: AtomicUsize::new(0), room }
    }
    pub(crate) fn add(&self, id: TokenId) {
        let mut is_new = false;
        for (word, mask) in self.bits(id) {
            is_new |= word.fetch_or(mask, Ordering::Release) & mask == 0;
        }
        if is_new {
            self.added.fetch_add(1, Ordering::Relaxed);
        }
    }
    /// `false` when the id certainly does not exist.
    pub(crate) fn may_hold(&self, id: TokenId) -> bool {
        self.bits(id).all(|(word, mask)| word.load(Ordering::Acquire) & mask != 0)
    }
    /// How many ids are in it, about.
    pub(crate) fn len(&self) -> usize {
        self.added.load(Ordering::Relaxed)
    }
    /// Whether it holds twice what it was made for, so that it begins to say "perhaps" too often.
    pub(crate) fn is_crowded(&self) -> bool {
        self.len() > self.room * 2
    }
    /// The words and bits of an id: one block, and in it eight places.
    fn bits(&self, id: TokenId) -> impl Iterator<Item = (&AtomicU64, u64)> {
        let hash = self.hasher.hash_one(id);
        // The block by multiplication with the upper half, the places by double hashing from the lower.
        let block = usize::try_from(((hash >> 32) * self.blocks.len() as u64) >> 32).unwrap_or(0);
        let (first, step) = ((hash & 0xffff) as u32, ((hash >> 16) as u32 & 0xffff) | 1);
        let words = self.blocks.get(block);
        (0..BITS_SET).filter_map(move |turn| {
            let bit = first.wrapping_add(turn.wrapping_mul(step)).wrapping_add(turn * turn * turn) % 512;
            Some((words?.get((bit / 64) as usize)?, 1u64 << (bit % 64)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> TokenId {
        TokenId::from_random((u128::from(number) << 3 | 5).to_be_bytes())
    }

    #[test]
    fn it_never_denies_what_is_in_and_seldom_admits_what_is_not() {
        let filter = Filter::new(100_000);
        (0..100_000).for_each(|number| filter.add(id(number)));
        assert!((0..100_000).all(|number| filter.may_hold(id(number))));
        let wrong = (100_000..200_000).filter(|number| filter.may_hold(id(*number))).count();
        assert!(wrong < 500, "{wrong} of 100,000");
        assert!(filter.len() > 99_000 && !filter.is_crowded());
    }
}
