//! What was spent of limits, by tokens and by what APIs count together: in memory, for what has limits only, exact among threads, all of a request's limits or none.
//!
//! Bounded: a state goes when its limits are whole again, so that nothing is given back by forgetting. Where there is no room
//! for another state the answer is a refusal, never a pass. Where several verifiers spend the same limits, none spends more than it
//! leased from their ledger.

mod books;
mod lessee;
mod mode;
mod report;
mod share;
mod state;

pub(crate) use lessee::Lessee;
pub(crate) use mode::Mode;
pub(crate) use report::Counted;
pub use report::{LimitName, LimitStatus, LimitsReport};
pub use state::{QuotaUse, RateUse};

use crate::port::Clock;
use jeton_core::{
    allowance::Allowances,
    api_limit::Per,
    denial::{Denial, Unavailable},
    id::TokenId,
    lease::{LeaseAsk, Payer},
    limits,
    timestamp::{Span, Timestamp},
};
use mode::ModeCell;
use parking_lot::{Mutex, MutexGuard};
use share::Shares;
use state::{Lent, Spending, Told};
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
    mode: ModeCell,
}

#[derive(Default)]
struct Shard {
    spent: HashMap<Payer, Spending>,
    /// What was leased, while limits are shared.
    leased: HashMap<Payer, Shares>,
    /// Not before this instant are whole states looked for again.
    sweep_again_at: Timestamp,
}

/// How a call fares with its limits.
pub(crate) enum Outcome {
    /// All of them had room, and it is spent.
    Spent(LimitsReport),
    /// It may not pass.
    Exhausted(Exhausted),
    /// The ledger must be asked first; nothing is spent.
    Short,
}

/// A refusal by a limit, and how all limits stand.
pub(crate) struct Exhausted {
    pub(crate) denial: Denial,
    pub(crate) report: LimitsReport,
}

/// What is spent together, and its limits.
#[derive(Clone, Copy)]
pub(crate) struct Link<'a> {
    /// Whose spending it is.
    pub(crate) payer: Payer,
    /// The token that was presented, where this is one that it descends from.
    pub(crate) below: Option<TokenId>,
    /// Its limits.
    pub(crate) allowances: &'a Allowances,
    /// How it is counted, for its name.
    pub(crate) counted: Counted,
    /// Whether a call passes where this cannot be evaluated.
    pub(crate) is_lenient: bool,
}

/// What a call costs, and when.
#[derive(Clone, Copy)]
pub(crate) struct Bill {
    pub(crate) cost: u32,
    pub(crate) now: Timestamp,
    /// Whether the ledger was asked and does not answer.
    pub(crate) is_cut_off: bool,
}

impl Spender {
    pub(crate) fn new(states: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            most: states.div_ceil(SHARDS).max(1),
            mode: ModeCell::default(),
        }
    }
    /// Spends the cost of every limit, or nothing of any. `use_up` is what else is used up by a call that passes: where that fails,
    /// nothing is spent. What the ledger must be asked for is noted in `wants`.
    pub(crate) fn spend(
        &self,
        links: &[Option<Link<'_>>; LINKS],
        bill: &Bill,
        clock: &dyn Clock,
        mut wants: Option<&mut Vec<LeaseAsk>>,
        use_up: impl FnOnce() -> Result<(), Denial>,
    ) -> Outcome {
        let mut report = LimitsReport::default();
        let mut guards = self.lock(links);
        // Read with the locks held: whoever changes it takes each of them once, and knows that nobody spends by the old one.
        let mode = self.mode.at(clock);
        let at = (mode != Mode::Alone).then(|| clock.instant());
        let mut after: [Option<(Payer, Spending)>; LINKS] = [None; LINKS];
        let (mut denial, mut is_short): (Option<Denial>, bool) = (None, false);
        for (link, slot) in links.iter().zip(after.iter_mut()) {
            let Some(link) = link else { continue };
            let shard = guards.iter_mut().flatten().find(|(place, _)| *place == self.place(link.payer));
            let Some((_, shard)) = shard else { continue };
            if !shard.has_room_for(link.payer, self.most, bill.now) {
                if link.is_lenient {
                    continue;
                }
                return Outcome::unavailable(report);
            }
            let mut spending = shard.spent.get(&link.payer).copied().unwrap_or_default();
            let shares = shard.leased.get(&link.payer).filter(|_| mode == Mode::Shared);
            let lent = at.map(|at| Lent { shares, at, wants: wants.as_deref_mut() });
            let Told { denial: refused, is_short: lacks } = spending.spend(link, bill, lent, &mut report);
            if lacks && bill.is_cut_off && link.is_lenient {
                continue;
            }
            denial = worse(denial, refused);
            is_short |= lacks;
            *slot = Some((link.payer, spending));
        }
        match denial {
            Some(denial) => return Outcome::Exhausted(Exhausted { denial, report }),
            None if is_short && bill.is_cut_off => return Outcome::unavailable(report),
            None if is_short => return Outcome::Short,
            None => {}
        }
        if let Err(denial) = use_up() {
            return Outcome::Exhausted(Exhausted { denial, report: LimitsReport::default() });
        }
        for (payer, spending) in after.into_iter().flatten() {
            if let Some((_, shard)) = guards.iter_mut().flatten().find(|(place, _)| *place == self.place(payer)) {
                shard.spent.insert(payer, spending);
                if let (Some(at), Some(shares)) = (at, shard.leased.get_mut(&payer)) {
                    shares.spend(bill, at);
                }
            }
        }
        Outcome::Spent(report)
    }
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().spent.len()).sum()
    }

    /// Locks the shards of all links, each once, in order, so that two chains cannot wait for each other.
    fn lock(&self, links: &[Option<Link<'_>>; LINKS]) -> [Option<(usize, MutexGuard<'_, Shard>)>; LINKS] {
        let mut places = links.map(|link| link.map(|link| self.place(link.payer)));
        places.sort_unstable();
        let mut before = None;
        places.map(|place| {
            let place = place.filter(|place| before != Some(*place))?;
            before = Some(place);
            Some((place, self.shards.get(place)?.lock()))
        })
    }
    fn place(&self, payer: Payer) -> usize {
        usize::try_from(self.hasher.hash_one(payer) % SHARDS as u64).unwrap_or(0)
    }
    fn shard(&self, payer: Payer) -> Option<MutexGuard<'_, Shard>> {
        self.shards.get(self.place(payer)).map(Mutex::lock)
    }
}

impl Outcome {
    fn unavailable(report: LimitsReport) -> Self {
        Self::Exhausted(Exhausted { denial: Denial::Unavailable(Unavailable::Limit), report })
    }
}

impl Shard {
    fn has_room_for(&mut self, payer: Payer, most: usize, now: Timestamp) -> bool {
        if self.spent.len() < most || self.spent.contains_key(&payer) {
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
