//! Many small tables side by side. A reader takes no lock; a writer copies the one table that it changes, under a lock of
//! that table's own. Bounded: a full segment loses what is spent, and then whichever entry chance names.

use super::table::{Entry, Table};
use arc_swap::ArcSwap;
use foldhash::fast::RandomState;
use jeton_core::{limits, timestamp::Timestamp};
use parking_lot::Mutex;
use std::{
    hash::BuildHasher,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Entries by key, and beside each segment a `Log` that only its writers see.
pub(crate) struct Segments<E: Entry, Log> {
    segments: Box<[Segment<E, Log>]>,
    hasher: RandomState,
    /// Most entries of one segment.
    most: usize,
    held: AtomicUsize,
}

struct Segment<E, Log> {
    table: ArcSwap<Table<E>>,
    log: Mutex<Log>,
}

/// What a writer wants of a segment.
pub(crate) enum Edit<E> {
    /// Nothing.
    Keep,
    /// The entry put in, in place of one with the same key.
    Put(E),
    /// The entry of the key taken out.
    Remove,
}

impl<E: Entry, Log: Default> Segments<E, Log> {
    /// Room for `capacity` entries.
    pub(crate) fn new(capacity: usize) -> Self {
        let count = capacity.div_ceil(limits::MEMORY_SEGMENT_TOKENS).max(1).next_power_of_two();
        let nothing = Arc::new(Table::empty());
        let segment = || Segment { table: ArcSwap::new(Arc::clone(&nothing)), log: Mutex::default() };
        // Keys spread unevenly, so a segment may hold a quarter more than its share.
        let share = capacity.div_ceil(count);
        Self {
            segments: (0..count).map(|_| segment()).collect(),
            hasher: RandomState::default(),
            most: (share + share / 4 + 8).min(usize::from(u16::MAX) - 1),
            held: AtomicUsize::new(0),
        }
    }
    /// A copy of the entry of `key`.
    pub(crate) fn find(&self, key: &E::Key) -> Option<E> {
        let hash = self.hasher.hash_one(key);
        self.segment(hash)?.table.load().find(key, hash).cloned()
    }
    /// Runs `edit` while no other writer touches the segment of `key`, and does what it says.
    pub(crate) fn edit<R>(&self, key: &E::Key, now: Timestamp, edit: impl FnOnce(&mut Log) -> (Edit<E>, R)) -> Option<R> {
        let hash = self.hasher.hash_one(key);
        let segment = self.segment(hash)?;
        let mut log = segment.log.lock();
        let (edit, result) = edit(&mut log);
        match edit {
            Edit::Keep => {}
            Edit::Put(entry) => self.replace(segment, Some(key), vec![entry], now),
            Edit::Remove => {
                if segment.table.load().find(key, hash).is_some() {
                    self.replace(segment, Some(key), Vec::new(), now);
                }
            }
        }
        Some(result)
    }
    /// Puts in many entries, each segment copied once. `fits` says with the segment's log which of them may go in.
    pub(crate) fn put_many(&self, mut entries: Vec<E>, now: Timestamp, fits: impl Fn(&Log, &E) -> bool) -> usize {
        let mut kept = 0;
        entries.sort_by_cached_key(|entry| self.position(self.hasher.hash_one(entry.key())));
        let mut rest = entries.into_iter().peekable();
        while let Some(first) = rest.next() {
            let position = self.position(self.hasher.hash_one(first.key()));
            let mut batch = vec![first];
            while let Some(next) = rest.next_if(|next| self.position(self.hasher.hash_one(next.key())) == position) {
                batch.push(next);
            }
            if let Some(segment) = self.segments.get(position) {
                let log = segment.log.lock();
                batch.retain(|entry| fits(&log, entry));
                kept += batch.len();
                self.replace(segment, None, batch, now);
            }
        }
        kept
    }
    /// Takes out every entry that is `gone`, each segment copied once where any is.
    pub(crate) fn remove_all(&self, gone: impl Fn(&E) -> bool) {
        for segment in &self.segments {
            let _alone = segment.log.lock();
            let before = segment.table.load();
            if !before.entries().iter().any(&gone) {
                continue;
            }
            let kept: Vec<E> = before.entries().iter().filter(|entry| !gone(entry)).cloned().collect();
            self.held.fetch_sub(before.entries().len() - kept.len(), Ordering::Relaxed);
            segment.table.store(Arc::new(Table::build(kept, &self.hasher)));
        }
    }
    /// Empties every segment, telling each log.
    pub(crate) fn clear(&self, tell: impl Fn(&mut Log)) {
        for segment in &self.segments {
            let mut log = segment.log.lock();
            tell(&mut log);
            let before = segment.table.swap(Arc::new(Table::empty()));
            self.held.fetch_sub(before.entries().len(), Ordering::Relaxed);
        }
    }
    /// Hands over every entry, segment by segment; who writes meanwhile does not wait.
    pub(crate) fn each(&self, mut take: impl FnMut(&E)) {
        for segment in &self.segments {
            let table = segment.table.load_full();
            table.entries().iter().for_each(&mut take);
        }
    }
    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    fn position(&self, hash: u64) -> usize {
        // The upper half chooses the segment, the lower half the place in it.
        usize::try_from(hash >> 32).unwrap_or(0) & (self.segments.len() - 1)
    }
    fn segment(&self, hash: u64) -> Option<&Segment<E, Log>> {
        self.segments.get(self.position(hash))
    }
    /// Copies a segment without `gone`, with `new`. The segment's lock is held by the caller.
    fn replace(&self, segment: &Segment<E, Log>, gone: Option<&E::Key>, new: Vec<E>, now: Timestamp) {
        let before = segment.table.load();
        let mut entries = Vec::with_capacity(before.entries().len() + new.len());
        let replaced = |entry: &E| gone == Some(entry.key()) || new.iter().any(|new| new.key() == entry.key());
        entries.extend(before.entries().iter().filter(|entry| !replaced(entry)).cloned());
        make_room(&mut entries, self.most.saturating_sub(new.len()), now);
        entries.extend(new);
        entries.truncate(self.most);
        let (was, is) = (before.entries().len(), entries.len());
        segment.table.store(Arc::new(Table::build(entries, &self.hasher)));
        self.held.fetch_add(is, Ordering::Relaxed);
        self.held.fetch_sub(was, Ordering::Relaxed);
    }
}

/// Takes entries out until at most `most` are left: the spent ones first.
fn make_room<E: Entry>(entries: &mut Vec<E>, most: usize, now: Timestamp) {
    if entries.len() > most {
        entries.retain(|entry| !entry.is_spent_at(now));
    }
    while entries.len() > most {
        let victim = rand::random_range(0..entries.len());
        entries.swap_remove(victim);
    }
}
