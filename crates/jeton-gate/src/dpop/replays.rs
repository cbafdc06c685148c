//! Proofs that were used, until they would be refused for their age. Bounded: where there is no room for another, the request is
//! refused, since to forget one would let it pass again.

use jeton_core::{
    client_certificate,
    denial::{Denial, ProofFault, Unavailable},
    timestamp::{Span, Timestamp},
};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

const SHARDS: usize = 64;

/// The proofs that were used.
pub(crate) struct Replays {
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
    /// Most proofs of one shard.
    most: usize,
}

#[derive(Default)]
struct Shard {
    /// By the hash of key and `jti`: of one size, however long these are.
    used: HashMap<[u8; 32], Timestamp>,
    /// Not before this instant are old ones looked for again.
    sweep_again_at: Timestamp,
}

impl Replays {
    pub(crate) fn new(proofs: usize) -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect(), hasher: RandomState::new(), most: proofs.div_ceil(SHARDS).max(1) }
    }
    /// Uses a proof up. `until` is when it would be refused for its age.
    pub(crate) fn use_up(&self, thumbprint: &[u8; 32], jti: &str, until: Timestamp, now: Timestamp) -> Result<(), Denial> {
        let name = client_certificate::thumbprint(&[thumbprint.as_slice(), jti.as_bytes()].concat());
        let place = usize::try_from(self.hasher.hash_one(name) % SHARDS as u64).unwrap_or(0);
        let mut shard = self.shards.get(place).ok_or(Denial::Unavailable(Unavailable::Limit))?.lock();
        if shard.used.get(&name).is_some_and(|until| now <= *until) {
            return Err(Denial::BadProof(ProofFault::Replayed));
        }
        if !shard.has_room(self.most, now) {
            return Err(Denial::Unavailable(Unavailable::Limit));
        }
        shard.used.insert(name, until);
        Ok(())
    }
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().used.len()).sum()
    }
}

impl Shard {
    fn has_room(&mut self, most: usize, now: Timestamp) -> bool {
        if self.used.len() < most {
            return true;
        }
        if now < self.sweep_again_at {
            return false;
        }
        self.sweep_again_at = now.plus(Span::from_seconds(1));
        self.used.retain(|_, until| now <= *until);
        self.used.len() < most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn a_proof_is_good_once_for_its_key() {
        let replays = Replays::new(1000);
        let until = NOW.plus(Span::from_seconds(60));
        assert_eq!(replays.use_up(&[1; 32], "a", until, NOW), Ok(()));
        assert_eq!(replays.use_up(&[1; 32], "a", until, NOW), Err(Denial::BadProof(ProofFault::Replayed)));
        assert_eq!(replays.use_up(&[1; 32], "a", until, until), Err(Denial::BadProof(ProofFault::Replayed)), "to the last instant");
        assert_eq!(replays.use_up(&[1; 32], "b", until, NOW), Ok(()));
        assert_eq!(replays.use_up(&[2; 32], "a", until, NOW), Ok(()), "another key's own");
    }

    #[test]
    fn a_full_memory_refuses_and_forgets_nothing_that_could_pass_again() {
        let replays = Replays::new(1);
        let until = NOW.plus(Span::from_seconds(60));
        let outcomes: Vec<_> = (0..500).map(|number| replays.use_up(&[1; 32], &number.to_string(), until, NOW)).collect();
        assert_eq!(replays.len(), SHARDS);
        assert!(outcomes.contains(&Err(Denial::Unavailable(Unavailable::Limit))));
        for (number, outcome) in outcomes.iter().enumerate().filter(|(_, outcome)| outcome.is_ok()) {
            let again = replays.use_up(&[1; 32], &number.to_string(), until, NOW);
            assert_eq!(again, Err(Denial::BadProof(ProofFault::Replayed)), "{number}: {outcome:?}");
        }
        let later = until.plus(Span::from_seconds(1));
        let refused = outcomes.iter().position(Result::is_err).expect("one was refused").to_string();
        assert_eq!(replays.use_up(&[1; 32], &refused, later.plus(Span::from_seconds(60)), later), Ok(()), "there is room again");
    }
}
