//! What a gate remembers of tokens, bounded, and kept true by the change log alone.
//!
//! A hit takes no lock and allocates nothing. What is put in names the place in the change log that it was read at; where a
//! change came later it is refused, so that an answer on its way cannot undo a revocation.

mod cuts;
mod filter;
mod freshness;
mod log;
mod policies;
mod record;
mod seen;
mod segments;
mod table;
mod unknown;

pub(crate) use record::Known;
pub(crate) use seen::{SeenJwt, SeenJwts};

use arc_swap::ArcSwapOption;
use cuts::RecentCuts;
use filter::Filter;
use freshness::Freshness;
use jeton_core::{
    change::{Change, Changed, Revision},
    facts::TokenRecord,
    id::TokenId,
    policy::Policy,
    timestamp::Timestamp,
};
use log::SegmentLog;
use policies::Policies;
use segments::{Edit, Segments};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use unknown::Unknown;

/// The memory of one gate.
pub(crate) struct Memory {
    tokens: Segments<Known, SegmentLog>,
    policies: Policies,
    unknown: Unknown,
    cuts: RecentCuts,
    /// Ids that exist; nothing until a scan has been through.
    existing: ArcSwapOption<Filter>,
    /// The filter that a running scan fills, so that changes during the scan are in it too.
    filling: ArcSwapOption<Filter>,
    pub(crate) freshness: Freshness,
}

/// What became of an answer that was to be remembered.
pub(crate) enum Filled {
    /// It is true as far as the change log is known here.
    True(Option<Known>),
    /// A change came after it was read: ask again.
    Overtaken,
}

/// What the memory can say of an id.
pub(crate) enum Recall {
    /// This is it.
    Known(Known),
    /// There is none.
    Absent,
    /// Not known: ask.
    Nothing,
}

/// A scan of all ids that is under way: feed it every id, then finish it. Dropped, it changes nothing.
pub struct IdScan<'a> {
    memory: &'a Memory,
    filter: Arc<Filter>,
}

impl Memory {
    pub(crate) fn new(capacity: usize, unknown_life: Duration, base: Instant) -> Self {
        Self {
            tokens: Segments::new(capacity),
            policies: Policies::default(),
            unknown: Unknown::new(unknown_life),
            cuts: RecentCuts::default(),
            existing: ArcSwapOption::empty(),
            filling: ArcSwapOption::empty(),
            freshness: Freshness::new(base),
        }
    }
    /// What is remembered of `id`.
    pub(crate) fn recall(&self, id: TokenId, now: Instant) -> Recall {
        if let Some(known) = self.tokens.find(&id) {
            return Recall::Known(known);
        }
        let is_absent = self.existing.load().as_ref().is_some_and(|filter| !filter.may_hold(id)) || self.unknown.holds(id, now);
        if is_absent { Recall::Absent } else { Recall::Nothing }
    }
    /// Takes in the answer of a look-up that was read at `as_of`.
    pub(crate) fn fill(&self, id: TokenId, found: Option<&TokenRecord>, as_of: Revision, at: Timestamp, now: Instant) -> Filled {
        let known = found.map(|record| Known::pack(record, self.policies.share(&record.policy)));
        let outcome = self.tokens.edit(&id, at, |log| {
            if !log.allows(id, as_of) || known.as_ref().is_some_and(|known| !self.cuts.allow(known, as_of)) {
                return (Edit::Keep, Filled::Overtaken);
            }
            match &known {
                Some(known) => {
                    self.unknown.forget(id);
                    (Edit::Put(known.clone()), Filled::True(Some(known.clone())))
                }
                None => {
                    self.unknown.remember(id, now);
                    (Edit::Remove, Filled::True(None))
                }
            }
        });
        outcome.unwrap_or(Filled::Overtaken)
    }
    /// Takes in many tokens at once, read at `as_of`; says how many were kept.
    pub(crate) fn fill_many(&self, records: &[TokenRecord], as_of: Revision, at: Timestamp) -> usize {
        // Most of them have the policy of the one before, and say so by the same pointer.
        let mut last: Option<(&Arc<Policy>, Arc<Policy>)> = None;
        let known = records.iter().map(|record| {
            let shared = match &last {
                Some((policy, shared)) if Arc::ptr_eq(policy, &record.policy) => Arc::clone(shared),
                _ => self.policies.share(&record.policy),
            };
            last = Some((&record.policy, Arc::clone(&shared)));
            Known::pack(record, shared)
        });
        let known = known.collect();
        self.tokens.put_many(known, at, |log, known| log.allows(known.id(), as_of) && self.cuts.allow(known, as_of))
    }
    /// Forgets what changes touched. Must be called before the change's maker is answered, and by the follower for all others.
    pub(crate) fn apply(&self, changes: &[Change], at: Timestamp) {
        for change in changes {
            match &change.what {
                Changed::Token(id) => {
                    self.forget(*id, change.revision, at);
                    self.freshness.took_in(change.revision);
                }
                Changed::Cut(scope) => {
                    // Noted first: what is put in from now on is held against it.
                    if self.cuts.note(scope, change.revision) {
                        self.tokens.remove_all(|known| scope.holds(known.subject(), known.policy()));
                    }
                    self.freshness.took_in(change.revision);
                }
                Changed::Everything => {
                    self.existing.store(None);
                    self.filling.store(None);
                    self.tokens.clear(|log| log.note_all(change.revision));
                    self.unknown.clear();
                }
                // Counted by the follower once the program has loaded them again, as is `Everything`, which they are part of.
                Changed::Api(_) | Changed::Client(_) | Changed::SigningKeys => {}
            }
        }
    }
    fn forget(&self, id: TokenId, revision: Revision, at: Timestamp) {
        for filter in [self.existing.load(), self.filling.load()].iter().filter_map(|filter| filter.as_ref()) {
            filter.add(id);
        }
        self.tokens.edit(&id, at, |log| {
            if !log.note(id, revision) {
                return (Edit::Keep, ());
            }
            self.unknown.forget(id);
            (Edit::Remove, ())
        });
    }
    /// Hands over all that is held.
    pub(crate) fn each_held(&self, take: impl FnMut(&Known)) {
        self.tokens.each(take);
    }
    /// Begins a scan of all ids, about `expected` of them. Begin it before the ids are read.
    pub(crate) fn scan(&self, expected: usize) -> IdScan<'_> {
        let filter = Arc::new(Filter::new(expected));
        self.filling.store(Some(Arc::clone(&filter)));
        IdScan { memory: self, filter }
    }
    pub(crate) fn held(&self) -> usize {
        self.tokens.len()
    }
    pub(crate) fn unknown_held(&self) -> usize {
        self.unknown.len()
    }
    /// Whether there is a filter of ids that still tells well.
    pub(crate) fn knows_ids(&self) -> bool {
        self.existing.load().as_ref().is_some_and(|filter| !filter.is_crowded())
    }
}

impl IdScan<'_> {
    /// Feeds some of the ids.
    pub fn add(&self, ids: impl IntoIterator<Item = TokenId>) {
        ids.into_iter().for_each(|id| self.filter.add(id));
    }
    /// Every id has been fed: from now on other ids are unknown without a look-up. Says how many there are, about.
    pub fn finish(self) -> usize {
        let is_mine = self.memory.filling.load().as_ref().is_some_and(|filling| Arc::ptr_eq(filling, &self.filter));
        if is_mine {
            self.memory.existing.store(Some(Arc::clone(&self.filter)));
        }
        self.filter.len()
    }
}

impl Drop for IdScan<'_> {
    fn drop(&mut self) {
        let mine = self.memory.filling.load();
        if mine.as_ref().is_some_and(|filling| Arc::ptr_eq(filling, &self.filter)) {
            self.memory.filling.store(None);
        }
    }
}
