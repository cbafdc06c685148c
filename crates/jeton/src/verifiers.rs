//! The verifiers: who decides on tokens out of a memory of its own, and how far in the change log that memory is. The gate of this
//! process, those of other nodes, gates elsewhere, and whoever else follows the log.
//!
//! Never holds up a change: whoever waits for acknowledgements waits a bounded time and is told who is behind. Never takes what
//! was sent to a verifier for what it has taken in.

mod acknowledgement;
mod exchange;
mod heads;
mod member;
mod report;
mod view;
mod wait;

pub use acknowledgement::{Acknowledged, Acknowledgement, Standing};
pub use exchange::exchange_until;
pub use member::{Kind, Sign};
pub use report::{acknowledge, follower, own_sign};
pub use view::VerifierView;
pub use wait::Wait;

use crate::authority::Authority;
use exchange::Foreign;
use heads::Heads;
use jeton_core::{
    change::{Change, Revision},
    id::OrganisationId,
    limits,
};
use jeton_gate::Gate;
use member::Member;
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};
use tokio::sync::Notify;

/// How often is looked again while somebody waits: a verifier that falls silent makes no sound.
const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// All verifiers that this process knows of.
pub struct Verifiers {
    gate: Gate,
    own: Sign,
    heard: Mutex<HashMap<Box<str>, Member>>,
    /// What other nodes hear, by node.
    foreign: Mutex<HashMap<String, Foreign>>,
    /// How many wait for acknowledgements.
    waiting: AtomicUsize,
    heads: Mutex<Heads>,
    moved: Notify,
}

impl std::fmt::Debug for Verifiers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifiers").field("own", &self.own.name).finish_non_exhaustive()
    }
}

impl Verifiers {
    /// Those of a process that has this gate, under this name.
    pub fn new(gate: Gate, own: Sign) -> Self {
        let (heard, foreign, waiting, heads) = (Mutex::default(), Mutex::default(), AtomicUsize::new(0), Mutex::default());
        Self { gate, own, heard, foreign, waiting, heads, moved: Notify::new() }
    }
    /// Takes in a sign of life: the verifier says how far it is. False where so many are known already that there is no room for
    /// another one: then it must not be let believe that anybody waits for it.
    #[must_use]
    pub fn heard(&self, sign: Sign) -> bool {
        let now = Instant::now();
        let taken = {
            let mut heard = self.heard.lock();
            if heard.len() >= limits::VERIFIERS_MAX {
                heard.retain(|_, member| !member.is_gone(now));
            }
            let has_room = heard.len() < limits::VERIFIERS_MAX || heard.contains_key(&sign.id);
            if has_room {
                heard.insert(sign.id.clone(), Member { sign, heard_at: now });
            }
            has_room
        };
        self.moved.notify_waiters();
        taken
    }
    /// The verifier ends in order, and decides on nothing from now on.
    pub fn left(&self, id: &str) {
        self.heard.lock().remove(id);
        self.moved.notify_waiters();
    }
    /// Changes were committed just now.
    pub fn committed(&self, changes: &[Change]) {
        if let Some(last) = changes.last() {
            self.heads.lock().reached(last.revision, Instant::now());
        }
    }
    /// Waits until every verifier of an organisation's tokens refuses what was revoked at `revision`, or for `at_most`, and says of
    /// each how it stands.
    pub async fn wait_for(&self, revision: Revision, organisation: OrganisationId, at_most: Duration) -> Acknowledged {
        let deadline = tokio::time::Instant::now() + at_most;
        let _wanted = Waiting::begin(&self.waiting);
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            // Listening before looking: what moves in between is not missed.
            moved.as_mut().enable();
            let told = Acknowledged::of(&self.members(Some(organisation)), revision, Instant::now());
            let now = tokio::time::Instant::now();
            if told.everywhere || now >= deadline {
                return told;
            }
            let _again = tokio::time::timeout_at(deadline.min(now + LOOK_AGAIN), moved).await;
        }
    }
    /// All of them as of now, by name; `head` is the end of the change log.
    pub fn list(&self, head: Revision) -> Vec<VerifierView> {
        let now = Instant::now();
        let members = self.members(None);
        let mut heads = self.heads.lock();
        heads.reached(head, now);
        members.iter().map(|member| VerifierView::of(member, head, heads.waited(member.sign.revision, now), now)).collect()
    }
    /// Those that decide on tokens of an organisation, or all, by name.
    fn members(&self, organisation: Option<OrganisationId>) -> Vec<Member> {
        let now = Instant::now();
        let mut members: HashMap<Box<str>, Member> = HashMap::new();
        let mut all = self.heard_here(now);
        all.extend(self.foreign.lock().values().flat_map(Foreign::members));
        for member in all.into_iter().filter(|member| !member.is_gone(now) && member.is_of(organisation)) {
            // One verifier may be heard of by several ways: what it said last counts.
            match members.get_mut(&member.sign.id) {
                Some(known) => known.merge(member),
                None => {
                    members.insert(member.sign.id.clone(), member);
                }
            }
        }
        let mut members: Vec<Member> = members.into_values().collect();
        members.sort_by(|a, b| (a.sign.kind, &a.sign.name, &a.sign.id).cmp(&(b.sign.kind, &b.sign.name, &b.sign.id)));
        members
    }
    /// This process's own gate, and those that it hears of by itself.
    fn heard_here(&self, now: Instant) -> Vec<Member> {
        let heard = self.heard.lock();
        std::iter::once(self.own_member(now)).chain(heard.values().filter(|member| !member.is_gone(now)).cloned()).collect()
    }
    fn own_member(&self, now: Instant) -> Member {
        let heard_at = self.gate.age().and_then(|age| now.checked_sub(age)).unwrap_or(now);
        Member { sign: Sign { revision: self.gate.applied(), ..self.own.clone() }, heard_at }
    }
}

/// Somebody waits, until this is dropped: nodes ask each other more often.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Brings the gauges up to date; to be called before metrics are rendered.
pub fn observe(authority: &Authority) {
    let list = authority.verifiers.list(authority.store.known_head());
    view::measure(&list);
}
