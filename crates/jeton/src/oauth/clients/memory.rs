//! Clients in memory, followed by the change log. Bounded; what falls out is looked up again.
//!
//! Never keeps what was read before a change of clients that it has already seen: a look-up that races a suspension does not win.

use jeton_core::{
    change::{Change, Changed, Revision},
    id::ClientId,
    limits,
};
use jeton_store::client::Client;
use parking_lot::Mutex;
use quick_cache::sync::Cache;
use std::sync::Arc;

/// What is known of clients, those that are not there included.
pub struct ClientMemory {
    known: Cache<ClientId, Option<Arc<Client>>>,
    /// The newest change of a client that was seen. Held while something is put in or taken out.
    newest: Mutex<Revision>,
}

impl Default for ClientMemory {
    fn default() -> Self {
        Self { known: Cache::new(limits::CLIENTS_REMEMBERED), newest: Mutex::default() }
    }
}

impl ClientMemory {
    /// What is known of a client; `None` where nothing is. To be asked only while the change log is followed closely.
    pub fn find(&self, id: ClientId) -> Option<Option<Arc<Client>>> {
        self.known.get(&id)
    }
    /// Keeps what was looked up, where it is as new as every change of a client that was seen.
    pub fn remember(&self, id: ClientId, found: Option<Arc<Client>>, as_of: Revision) {
        let newest = self.newest.lock();
        if as_of >= *newest {
            self.known.insert(id, found);
        }
    }
    /// Forgets what was changed.
    pub fn apply(&self, changes: &[Change]) {
        let about = |change: &&Change| matches!(change.what, Changed::Client(_) | Changed::Everything);
        if !changes.iter().any(|change| about(&change)) {
            return;
        }
        let mut newest = self.newest.lock();
        for change in changes.iter().filter(about) {
            *newest = change.revision.max(*newest);
            match &change.what {
                Changed::Client(id) => drop(self.known.remove(id)),
                _ => self.known.clear(),
            }
        }
    }
}

impl std::fmt::Debug for ClientMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientMemory").field("known", &self.known.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::timestamp::Timestamp;

    fn change(revision: u64, what: Changed) -> Change {
        Change { revision: Revision(revision), at: Timestamp::default(), what }
    }

    #[test]
    fn a_look_up_that_raced_a_change_is_not_kept() {
        let memory = ClientMemory::default();
        let (one, two) = (ClientId::from_random([1; 16]), ClientId::from_random([2; 16]));
        memory.remember(one, None, Revision(0));
        memory.remember(two, None, Revision(0));
        assert!(memory.find(one).is_some() && memory.find(two).is_some());
        memory.apply(&[change(5, Changed::Client(one))]);
        assert!(memory.find(one).is_none() && memory.find(two).is_some());
        memory.remember(one, None, Revision(4));
        assert!(memory.find(one).is_none(), "it was read before the change");
        memory.remember(one, None, Revision(5));
        assert!(memory.find(one).is_some());
        memory.apply(&[change(6, Changed::SigningKeys)]);
        assert!(memory.find(one).is_some());
        memory.apply(&[change(7, Changed::Everything)]);
        assert!(memory.find(one).is_none() && memory.find(two).is_none());
    }
}
