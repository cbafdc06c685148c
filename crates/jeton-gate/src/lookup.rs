//! Look-ups of what is not in memory: one query for all who ask for the same token at once, a bound on how many run, and a
//! bound on how many find nothing.
//!
//! A look-up runs in a task of its own: whoever waits may go away without ending it for the others. Known tokens never come
//! here, so a flood of unknown ones cannot make them wait.
//!
//! Why a flood of made-up tokens does not reach the source: each is another id, so remembering the ids that were asked for
//! helps little. The memory therefore keeps a filter of the ids that exist, fed from a scan and by every change that names a
//! token before that change's maker is answered: a fresh token passes at once on its own node, and elsewhere once the change
//! log has told of it. While there is no filter (the scan has not ended, or nobody scans), and for what slips through it,
//! look-ups that find nothing are counted for each group of client addresses; a group that used up its share is answered 503
//! for ids that are not in memory, and other groups are not touched.

mod misses;

use crate::{
    memory::{Filled, Known, Memory},
    metering::Meters,
    port::{Clock, Loaded, SourceFault, TokenSource},
};
use jeton_core::{change::Revision, denial::Unavailable, id::TokenId, limits};
use misses::Misses;
use parking_lot::Mutex;
use std::{collections::HashMap, hash::BuildHasher, hash::RandomState, net::IpAddr, sync::Arc, time::Duration};
use tokio::sync::{Semaphore, watch};

/// What is looked up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// The token.
    pub(crate) id: TokenId,
    /// The recognised token that hangs on it; `None` where it is the presented one itself.
    pub(crate) below: Option<TokenId>,
}

/// What a look-up came to.
#[derive(Clone)]
pub(crate) struct Answered {
    /// The token; `None` when there is none.
    pub(crate) known: Option<Known>,
    /// The place in the change log that this is true at, or later.
    pub(crate) as_of: Revision,
}

type Outcome = Result<Answered, Unavailable>;
type Flight = watch::Receiver<Option<Outcome>>;

const SHARDS: usize = 64;

/// The look-ups that are under way.
pub(crate) struct Lookups {
    shards: Box<[Mutex<HashMap<TokenId, Flight>>]>,
    hasher: RandomState,
    slots: Arc<Semaphore>,
    misses: Misses,
    deadline: Duration,
}

/// What look-ups work with.
#[derive(Clone)]
pub(crate) struct Around {
    pub(crate) memory: Arc<Memory>,
    pub(crate) source: Arc<dyn TokenSource>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) meters: Arc<Meters>,
    pub(crate) lookups: Arc<Lookups>,
}

impl Lookups {
    pub(crate) fn new(at_once: usize, deadline: Duration) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            slots: Arc::new(Semaphore::new(at_once.clamp(1, Semaphore::MAX_PERMITS))),
            misses: Misses::new(),
            deadline,
        }
    }
    fn shard(&self, id: TokenId) -> Option<&Mutex<HashMap<TokenId, Flight>>> {
        let place = usize::try_from(self.hasher.hash_one(id) % SHARDS as u64).unwrap_or(0);
        self.shards.get(place)
    }
}

impl Around {
    /// Looks a token up, together with whoever asks for it at the same time.
    pub(crate) async fn ask(&self, wanted: Wanted, client_ip: Option<IpAddr>) -> Outcome {
        let mut flight = self.join(wanted, client_ip)?;
        let landed = flight.wait_for(Option::is_some).await;
        // The sender is gone without a word only if the look-up panicked.
        landed.ok().and_then(|outcome| outcome.clone()).unwrap_or(Err(Unavailable::Store))
    }
    /// Joins the look-up of a token that is under way, or begins one.
    fn join(&self, wanted: Wanted, client_ip: Option<IpAddr>) -> Result<Flight, Unavailable> {
        let id = wanted.id;
        let mut shard = self.lookups.shard(id).ok_or(Unavailable::Store)?.lock();
        if let Some(flight) = shard.get(&id) {
            self.meters.coalesced.increment(1);
            return Ok(flight.clone());
        }
        let group = self.lookups.misses.group(client_ip);
        if !self.lookups.misses.has_room(group, self.clock.instant()) {
            self.meters.turned_away.increment(1);
            return Err(Unavailable::Store);
        }
        let Ok(slot) = Arc::clone(&self.lookups.slots).try_acquire_owned() else {
            self.meters.turned_away.increment(1);
            return Err(Unavailable::Store);
        };
        let (sender, receiver) = watch::channel(None);
        shard.insert(id, receiver.clone());
        drop(shard);
        let listed = Listed { around: self.clone(), id, flight: receiver.clone() };
        tokio::spawn(async move {
            let outcome = listed.around.look_up(wanted, &listed).await;
            if let Ok(Answered { known: None, .. }) = outcome {
                listed.around.lookups.misses.count(group, listed.around.clock.instant());
            }
            drop(listed);
            drop(slot);
            sender.send_replace(Some(outcome));
        });
        Ok(receiver)
    }
    /// Asks until the answer was not overtaken by a change.
    async fn look_up(&self, wanted: Wanted, listed: &Listed) -> Outcome {
        let id = wanted.id;
        for _ in 0..limits::LOOKUP_TRIES {
            let asking = match wanted.below {
                Some(leaf) => self.source.find_above(id, leaf),
                None => self.source.find(id),
            };
            let found = tokio::time::timeout(self.lookups.deadline, asking).await;
            let loaded = found.unwrap_or(Err(SourceFault::Unavailable));
            self.meters.looked_up(&loaded);
            let Loaded { record, as_of } = loaded.map_err(|fault| match fault {
                SourceFault::Unavailable => Unavailable::Store,
                SourceFault::Tampered => Unavailable::Tampered,
            })?;
            // Off the list before the memory is asked whether the answer still holds: whoever comes later begins anew, and
            // so never gets an answer that was overtaken between that question and his.
            listed.strike();
            let record = record.filter(|record| record.id == id);
            match self.memory.fill(id, record.as_ref(), as_of, self.clock.now(), self.clock.instant()) {
                Filled::True(known) => return Ok(Answered { known, as_of }),
                Filled::Overtaken => self.meters.overtaken.increment(1),
            }
        }
        Err(Unavailable::Store)
    }
}

/// A look-up's place in the list, given up when it ends, however it ends.
struct Listed {
    around: Around,
    id: TokenId,
    flight: Flight,
}

impl Listed {
    /// Takes this look-up off the list; a later one of the same token stays.
    fn strike(&self) {
        if let Some(shard) = self.around.lookups.shard(self.id) {
            let mut shard = shard.lock();
            if shard.get(&self.id).is_some_and(|listed| listed.same_channel(&self.flight)) {
                shard.remove(&self.id);
            }
        }
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.strike();
    }
}
