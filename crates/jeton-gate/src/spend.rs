//! What was spent of limits, by tokens and by what APIs count together: in memory, for what has limits only, exact among threads, all of a request's limits or none.
//!
//! Bounded: a state goes when its limits are whole again, so that nothing is given back by forgetting. Where there is no room
//! for another state the answer is a refusal, never a pass.

mod report;
mod state;

pub(crate) use report::Counted;
pub use report::{LimitName, LimitStatus, LimitsReport};
pub use state::QuotaUse;

use jeton_core::{
    allowance::Allowances,
    api_limit::Per,
    denial::{Denial, Unavailable},
    id::TokenId,
    limits,
    timestamp::{Span, Timestamp},
};
use parking_lot::{Mutex, MutexGuard};
use state::Spending;
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

const SHARDS: usize = 64;
/// A token and its ancestors; and what an API and one of its routes count together.
pub(crate) const LINKS: usize = limits::DERIVATION_DEPTH_MAX + 2 * Per::ALL.len();

/// All that was spent.
pub(crate) struct Spender {
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
    /// Most states of one shard.
    most: usize,
}

#[derive(Default)]
struct Shard {
    spent: HashMap<Key, Spending>,
    /// Not before this instant are whole states looked for again.
    sweep_again_at: Timestamp,
}

/// A refusal by a limit, and how all limits stand.
pub(crate) struct Exhausted {
    pub(crate) denial: Denial,
    pub(crate) report: LimitsReport,
}

/// Whose spending it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// A token's own.
    Token(TokenId),
    /// What is counted together: the beginning of a hash of what and by what.
    Shared([u8; 16]),
}

/// What is spent together, and its limits.
#[derive(Clone, Copy)]
pub(crate) struct Link<'a> {
    /// Whose spending it is.
    pub(crate) key: Key,
    /// Its limits.
    pub(crate) allowances: &'a Allowances,
    /// How it is counted, for its name.
    pub(crate) counted: Counted,
    /// Whether a call passes where this cannot be evaluated.
    pub(crate) is_lenient: bool,
}

impl Spender {
    pub(crate) fn new(states: usize) -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect(), hasher: RandomState::new(), most: states.div_ceil(SHARDS).max(1) }
    }
    /// Spends `cost` from every limit, or nothing from any.
    #[expect(clippy::result_large_err, reason = "a refusal stays on the stack: refusing must not allocate")]
    pub(crate) fn spend(&self, links: &[Option<Link<'_>>; LINKS], cost: u32, now: Timestamp) -> Result<LimitsReport, Exhausted> {
        let mut report = LimitsReport::default();
        let mut guards = self.lock(links);
        let mut after: [Option<(Key, Spending)>; LINKS] = [None; LINKS];
        let mut denial: Option<Denial> = None;
        for (link, slot) in links.iter().zip(after.iter_mut()) {
            let Some(link) = link else { continue };
            let shard = guards.iter_mut().flatten().find(|(place, _)| *place == self.place(link.key));
            let Some((_, shard)) = shard else { continue };
            if !shard.has_room_for(link.key, self.most, now) {
                if link.is_lenient {
                    continue;
                }
                return Err(Exhausted { denial: Denial::Unavailable(Unavailable::Limit), report });
            }
            let mut spending = shard.spent.get(&link.key).copied().unwrap_or_default();
            denial = worse(denial, spending.spend(link.allowances, cost, now, link.counted, &mut report));
            *slot = Some((link.key, spending));
        }
        if let Some(denial) = denial {
            return Err(Exhausted { denial, report });
        }
        for (key, spending) in after.into_iter().flatten() {
            if let Some((_, shard)) = guards.iter_mut().flatten().find(|(place, _)| *place == self.place(key)) {
                shard.spent.insert(key, spending);
            }
        }
        Ok(report)
    }
    /// What was spent of quotas whose window runs, to be kept across a restart.
    pub(crate) fn quotas(&self, now: Timestamp) -> Vec<QuotaUse> {
        let mut uses = Vec::new();
        for shard in &self.shards {
            for (key, spending) in &shard.lock().spent {
                if let Key::Token(id) = key {
                    uses.extend(spending.quotas(*id, now));
                }
            }
        }
        uses
    }
    /// Takes back what [`Spender::quotas`] gave. Where more was spent meanwhile, that stays.
    pub(crate) fn restore(&self, uses: &[QuotaUse]) {
        for quota in uses {
            let key = Key::Token(quota.token);
            if let Some(shard) = self.shards.get(self.place(key)) {
                shard.lock().spent.entry(key).or_default().restore(quota);
            }
        }
    }
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().spent.len()).sum()
    }

    /// Locks the shards of all links, each once, in order, so that two chains cannot wait for each other.
    fn lock(&self, links: &[Option<Link<'_>>; LINKS]) -> [Option<(usize, MutexGuard<'_, Shard>)>; LINKS] {
        let mut places = links.map(|link| link.map(|link| self.place(link.key)));
        places.sort_unstable();
        let mut before = None;
        places.map(|place| {
            let place = place.filter(|place| before != Some(*place))?;
            before = Some(place);
            Some((place, self.shards.get(place)?.lock()))
        })
    }
    fn place(&self, key: Key) -> usize {
        usize::try_from(self.hasher.hash_one(key) % SHARDS as u64).unwrap_or(0)
    }
}

impl Shard {
    fn has_room_for(&mut self, key: Key, most: usize, now: Timestamp) -> bool {
        if self.spent.len() < most || self.spent.contains_key(&key) {
            return true;
        }
        if now < self.sweep_again_at {
            return false;
        }
        self.sweep_again_at = now.plus(Span::from_seconds(1));
        self.spent.retain(|_, spending| !spending.is_whole_at(now));
        self.spent.len() < most
    }
}

/// The refusal that lasts longer.
fn worse(one: Option<Denial>, other: Option<Denial>) -> Option<Denial> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other.retry_after() > one.retry_after() { other } else { one }),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests;
