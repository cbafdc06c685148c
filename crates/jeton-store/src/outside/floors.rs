//! What the journal knows of each token, API, client and signing key, in memory: the place in the change log from which on a row of it
//! can be true. Whoever can write the database can put an old row back and cut its later changes out of the log, and every mark
//! is right then; the journal is out of his reach.
//!
//! Never holds what was not committed: a good row must not look as if somebody had changed it.

use super::{Entry, journal::Batch};
use crate::fault::Fault;
use jeton_core::{
    change::Revision,
    id::{ApiId, ClientId, TokenId},
};
use parking_lot::RwLock;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::atomic::{AtomicU64, Ordering},
};

/// The floors of all that the journal holds.
#[derive(Debug, Default)]
pub(crate) struct Floors {
    held: RwLock<Held>,
    taken_in: AtomicU64,
}

/// One number each: about forty bytes for a token.
#[derive(Debug, Default)]
struct Held {
    tokens: HashMap<TokenId, u64>,
    apis: HashMap<ApiId, u64>,
    clients: HashMap<ClientId, u64>,
    keys: HashMap<String, u64>,
}

impl Floors {
    /// The newest commit whose entries are here. A row that was read before a later one may still be an older one.
    pub(crate) fn taken_in(&self) -> Revision {
        Revision(self.taken_in.load(Ordering::Acquire))
    }
    /// Takes in what committed batches hold, the oldest first.
    pub(crate) fn take_in_all<'b>(&self, batches: impl IntoIterator<Item = &'b Batch>) {
        let mut held = self.held.write();
        let mut newest = Revision::default();
        for batch in batches {
            // A row of this commit or of a later one: no other row was ever seen after it.
            let floor = batch.since.0.saturating_add(1);
            for entry in &batch.entries {
                match entry {
                    Entry::ApiChanged { api, .. } => raise(&mut held.apis, *api, floor),
                    Entry::ClientChanged { client, .. } => raise(&mut held.clients, *client, floor),
                    Entry::KeyRemoved { kid, .. } => raise(&mut held.keys, kid.clone(), floor),
                    // Kept among the cuts, whatever the database says.
                    Entry::Cut { .. } => {}
                    Entry::Revoked { token, .. }
                    | Entry::Suspended { token, .. }
                    | Entry::Resumed { token, .. }
                    | Entry::Rotated { token, .. }
                    | Entry::Edited { token, .. } => raise(&mut held.tokens, *token, floor),
                }
            }
            newest = newest.max(batch.revision);
        }
        self.taken_in.fetch_max(newest.0, Ordering::AcqRel);
    }
    /// Forgets what the journal dropped: all up to this place.
    pub(crate) fn forget_up_to(&self, place: Revision) {
        let mut held = self.held.write();
        held.tokens.retain(|_, floor| *floor > place.0);
        held.apis.retain(|_, floor| *floor > place.0);
        held.clients.retain(|_, floor| *floor > place.0);
        held.keys.retain(|_, floor| *floor > place.0);
        held.tokens.shrink_to_fit();
    }
    /// Whether a token's row at this place can be true.
    pub(crate) fn check_token(&self, id: &str, revision: i64) -> Result<(), Fault> {
        let floor = TokenId::parse(id).ok().and_then(|id| self.held.read().tokens.get(&id).copied());
        above(floor, revision, "tokens", id)
    }
    /// Whether an API's row at this place can be true.
    pub(crate) fn check_api(&self, id: &str, revision: i64) -> Result<(), Fault> {
        let floor = ApiId::parse(id).ok().and_then(|id| self.held.read().apis.get(&id).copied());
        above(floor, revision, "apis", id)
    }
    /// Whether a client's row at this place can be true.
    pub(crate) fn check_client(&self, id: &str, revision: i64) -> Result<(), Fault> {
        let floor = ClientId::parse(id).ok().and_then(|id| self.held.read().clients.get(&id).copied());
        above(floor, revision, "clients", id)
    }
    /// Whether there can be a signing key of this name: one that was removed never comes back.
    pub(crate) fn check_key(&self, kid: &str) -> Result<(), Fault> {
        above(self.held.read().keys.get(kid).copied(), 0, "signing_keys", kid)
    }
}

fn raise<K: Eq + Hash>(floors: &mut HashMap<K, u64>, key: K, floor: u64) {
    let known = floors.entry(key).or_default();
    *known = (*known).max(floor);
}

fn above(floor: Option<u64>, revision: i64, table: &'static str, id: &str) -> Result<(), Fault> {
    let place = crate::change::from_column(revision).0;
    match floor {
        Some(floor) if place < floor => Err(Fault::Contradicted { table, id: id.to_owned(), floor: Revision(floor) }),
        _ => Ok(()),
    }
}
