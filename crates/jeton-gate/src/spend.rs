//! What tokens with limits have spent: in memory, for such tokens only, exact among threads, all of a request's limits or none.
//!
//! Bounded: a state goes when its limits are whole again, so that nothing is given back by forgetting. Where there is no room
//! for another state the answer is a refusal, never a pass.

mod report;
mod state;

pub use report::{LimitName, LimitStatus, LimitsReport};
pub use state::QuotaUse;

use jeton_core::{
    allowance::Allowances,
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
const LINKS: usize = limits::DERIVATION_DEPTH_MAX;

/// All that was spent.
pub(crate) struct Spender {
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
    /// Most states of one shard.
    most: usize,
}

#[derive(Default)]
struct Shard {
    spent: HashMap<TokenId, Spending>,
    /// Not before this instant are whole states looked for again.
    sweep_again_at: Timestamp,
}

/// A refusal by a limit, and how all limits stand.
pub(crate) struct Exhausted {
    pub(crate) denial: Denial,
    pub(crate) report: LimitsReport,
}

/// A token and its limits.
pub(crate) type Link<'a> = (TokenId, &'a Allowances);

impl Spender {
    pub(crate) fn new(states: usize) -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect(), hasher: RandomState::new(), most: states.div_ceil(SHARDS).max(1) }
    }
    /// Spends `cost` from every limit of a token and its ancestors, or nothing from any. At most [`LINKS`] links count.
    #[expect(clippy::result_large_err, reason = "a refusal stays on the stack: refusing must not allocate")]
    pub(crate) fn spend(&self, links: &[Option<Link<'_>>; LINKS], cost: u32, now: Timestamp) -> Result<LimitsReport, Exhausted> {
        let mut report = LimitsReport::default();
        let mut guards = self.lock(links);
        let mut after: [Option<(TokenId, Spending)>; LINKS] = [None; LINKS];
        let mut denial: Option<Denial> = None;
        for (depth, (link, slot)) in links.iter().zip(after.iter_mut()).enumerate() {
            let Some((id, allowances)) = link else { continue };
            let shard = guards.iter_mut().flatten().find(|(place, _)| *place == self.place(*id));
            let Some((_, shard)) = shard else { continue };
            if !shard.has_room_for(*id, self.most, now) {
                return Err(Exhausted { denial: Denial::Unavailable(Unavailable::Limit), report });
            }
            let mut spending = shard.spent.get(id).copied().unwrap_or_default();
            denial = worse(denial, spending.spend(allowances, cost, now, depth, &mut report));
            *slot = Some((*id, spending));
        }
        if let Some(denial) = denial {
            return Err(Exhausted { denial, report });
        }
        for (id, spending) in after.into_iter().flatten() {
            if let Some((_, shard)) = guards.iter_mut().flatten().find(|(place, _)| *place == self.place(id)) {
                shard.spent.insert(id, spending);
            }
        }
        Ok(report)
    }
    /// What was spent of quotas whose window runs, to be kept across a restart.
    pub(crate) fn quotas(&self, now: Timestamp) -> Vec<QuotaUse> {
        let mut uses = Vec::new();
        for shard in &self.shards {
            for (id, spending) in &shard.lock().spent {
                uses.extend(spending.quotas(*id, now));
            }
        }
        uses
    }
    /// Takes back what [`Spender::quotas`] gave. Where more was spent meanwhile, that stays.
    pub(crate) fn restore(&self, uses: &[QuotaUse]) {
        for quota in uses {
            if let Some(shard) = self.shards.get(self.place(quota.token)) {
                shard.lock().spent.entry(quota.token).or_default().restore(quota);
            }
        }
    }
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().spent.len()).sum()
    }

    /// Locks the shards of all links, each once, in order, so that two chains cannot wait for each other.
    fn lock(&self, links: &[Option<Link<'_>>; LINKS]) -> [Option<(usize, MutexGuard<'_, Shard>)>; LINKS] {
        let mut places = links.map(|link| link.map(|(id, _)| self.place(id)));
        places.sort_unstable();
        let mut before = None;
        places.map(|place| {
            let place = place.filter(|place| before != Some(*place))?;
            before = Some(place);
            Some((place, self.shards.get(place)?.lock()))
        })
    }
    fn place(&self, id: TokenId) -> usize {
        usize::try_from(self.hasher.hash_one(id) % SHARDS as u64).unwrap_or(0)
    }
}

impl Shard {
    fn has_room_for(&mut self, id: TokenId, most: usize, now: Timestamp) -> bool {
        if self.spent.len() < most || self.spent.contains_key(&id) {
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
