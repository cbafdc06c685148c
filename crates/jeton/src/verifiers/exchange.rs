//! What nodes on one database tell each other of verifiers: each writes down those that it hears of, and reads what the others wrote.
//!
//! Nobody's wall clock is compared with another's: a note is as fresh as its reader's own clock says since it saw it change.

use super::{
    Verifiers,
    member::{Member, Sign},
};
use crate::authority::Shared;
use jeton_core::change::Revision;
use jeton_store::{Engine, Store, StoreError, verifiers::NodeNote};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// How often it is looked whether there is something new to write, and, while somebody waits, to read.
const TICK: Duration = Duration::from_millis(100);
/// How often is written and read when nothing moves.
const CALM: Duration = Duration::from_secs(1);

/// A verifier as a node writes it down.
#[derive(Debug, Serialize, Deserialize)]
struct Noted {
    sign: Sign,
    silent_millis: u64,
}

/// What another node wrote, and when this one saw it.
#[derive(Debug)]
pub(super) struct Foreign {
    beat: i64,
    seen_at: Instant,
    noted: Vec<Noted>,
}

impl Foreign {
    /// Its verifiers, as they are heard of here.
    pub(super) fn members(&self) -> impl Iterator<Item = Member> {
        self.noted.iter().map(|noted| {
            let silent = Duration::from_millis(noted.silent_millis);
            Member { sign: noted.sign.clone(), heard_at: self.seen_at.checked_sub(silent).unwrap_or(self.seen_at) }
        })
    }
}

/// Exchanges until `stop`. Where one process alone has the database there is nobody to tell.
pub async fn exchange_until(authority: Shared, stop: CancellationToken) {
    if authority.store.engine() == Engine::Sqlite {
        return;
    }
    let mut exchange = Exchange::new(&authority);
    let mut ticks = tokio::time::interval(TICK);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        if let Err(error) = exchange.round().await {
            // Without a word from here this node counts as silent, and is treated as such: safe.
            tracing::debug!(%error, "what other nodes know of verifiers could not be exchanged");
        }
    }
    let _gone = exchange.store.forget_verifiers(&exchange.node).await;
}

/// How far each verifier was.
type Places = Vec<(Box<str>, Revision)>;

struct Exchange<'a> {
    verifiers: &'a Verifiers,
    store: &'a Store,
    node: String,
    beat: i64,
    written: Option<(Instant, Places)>,
    read_at: Option<Instant>,
}

impl<'a> Exchange<'a> {
    fn new(authority: &'a Shared) -> Self {
        let (verifiers, store) = (&*authority.verifiers, &authority.store);
        Self { verifiers, store, node: verifiers.own.id.to_string(), beat: 0, written: None, read_at: None }
    }
    async fn round(&mut self) -> Result<(), StoreError> {
        let now = Instant::now();
        let own = self.verifiers.heard_here(now);
        let places: Vec<_> = own.iter().map(|member| (member.sign.id.clone(), member.sign.revision)).collect();
        let is_new = self.written.as_ref().is_none_or(|(at, before)| *before != places || now.duration_since(*at) >= CALM);
        if is_new {
            self.beat += 1;
            let noted = own.iter().map(|member| Noted { sign: member.sign.clone(), silent_millis: millis(member.silent_for(now)) });
            let body = serde_json::to_string(&noted.collect::<Vec<_>>()).unwrap_or_default();
            self.store.note_verifiers(NodeNote { node: self.node.clone(), beat: self.beat, body }).await?;
            self.written = Some((now, places));
        }
        let is_wanted = self.verifiers.waiting.load(Ordering::Acquire) > 0;
        if is_wanted || self.read_at.is_none_or(|at| now.duration_since(at) >= CALM) {
            self.read_at = Some(now);
            self.read().await?;
        }
        Ok(())
    }
    async fn read(&self) -> Result<(), StoreError> {
        let mut notes = self.store.noted_verifiers().await?;
        notes.retain(|note| note.node != self.node);
        let gone = self.verifiers.take_in(notes, Instant::now());
        for node in gone {
            self.store.forget_verifiers(&node).await?;
        }
        Ok(())
    }
}

impl Verifiers {
    /// Takes in what the other nodes wrote; gives those that are there no more.
    fn take_in(&self, notes: Vec<NodeNote>, now: Instant) -> Vec<String> {
        let mut foreign = self.foreign.lock();
        let mut before: HashMap<String, Foreign> = std::mem::take(&mut *foreign);
        let mut gone = Vec::new();
        for note in notes {
            let known = before.remove(&note.node).filter(|known| known.beat == note.beat);
            let fresh = known.or_else(|| match serde_json::from_str(&note.body) {
                Ok(noted) => Some(Foreign { beat: note.beat, seen_at: now, noted }),
                Err(error) => {
                    tracing::warn!(node = note.node, %error, "what another node wrote of verifiers cannot be read: revocations do not wait for them");
                    None
                }
            });
            let Some(fresh) = fresh else { continue };
            if fresh.members().all(|member| member.is_gone(now)) {
                gone.push(note.node);
            } else {
                foreign.insert(note.node, fresh);
            }
        }
        drop(foreign);
        self.moved.notify_waiters();
        gone
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
