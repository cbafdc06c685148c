//! What was counted of an organisation, and when. Whoever asks gets what is there and sets off the next count where that is old; counts
//! of one organisation never run beside each other, and take only a small share of the time.

use super::{
    counted::Counted,
    narrow::{self, NarrowUse},
};
use crate::{
    authority::{Authority, Shared},
    problem::{Problem, ProblemCode},
};
use http::{HeaderValue, header};
use jeton_core::{
    change::Revision,
    id::{OrganisationId, TokenId},
    limits,
    timestamp::{Span, Timestamp},
};
use jeton_store::{
    StoreError,
    overview::{SurveyPart, SurveyQuestion},
};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Notify;

/// A count is good for this long, or for twenty times what it took.
const FRESH: Duration = Duration::from_secs(20);
/// How long somebody who asks first waits.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How long one count goes back in time before it says what it has.
const COUNTING: Duration = Duration::from_secs(10);
/// A token that was not used for this long is idle.
const IDLE: Span = Span::from_days(90);
/// A token that ends within this is about to.
const ENDING: Span = Span::from_days(14);

/// What was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// When.
    pub as_of: Timestamp,
    /// The calls.
    pub calls: Counted,
    /// The live tokens.
    pub tokens: SurveyPart,
    /// Those whose secret before the last rotation is still in use, the latest first.
    pub old_secrets: Vec<TokenId>,
    /// Those that do little of what they may.
    pub narrow: Vec<NarrowUse>,
}

/// The counts of all organisations that are asked for.
#[derive(Debug, Default)]
pub struct Overviews {
    held: Mutex<HashMap<OrganisationId, Arc<Held>>>,
    /// How many apps waited at a place in the change log.
    waiting: Mutex<HashMap<OrganisationId, (Revision, usize)>>,
}

#[derive(Debug, Default)]
struct Held {
    state: Mutex<State>,
    counted: Notify,
}

#[derive(Debug, Default)]
struct State {
    snapshot: Option<Arc<Snapshot>>,
    /// When the next count may begin.
    next: Option<Instant>,
    is_counting: bool,
}

impl Overviews {
    /// What was counted last, and at first what can be counted in a moment.
    pub async fn ask(&self, authority: &Shared, owner: OrganisationId) -> Result<Arc<Snapshot>, Problem> {
        let held = self.held_of(owner);
        let counted = held.counted.notified();
        if let Some(snapshot) = held.begin(authority, owner) {
            return Ok(snapshot);
        }
        let _ = tokio::time::timeout(PATIENCE, counted).await;
        let snapshot = held.state.lock().snapshot.clone();
        snapshot.ok_or_else(|| {
            Problem::new(ProblemCode::Unavailable, "the tokens of this organisation are being counted")
                .fixed_by("try again in a few seconds")
                .with_header(header::RETRY_AFTER, HeaderValue::from_static("2"))
        })
    }
    /// How many apps wait, where nothing changed since they were counted.
    pub(super) fn waiting_at(&self, owner: OrganisationId, head: Revision) -> Option<usize> {
        self.waiting.lock().get(&owner).filter(|(at, _)| *at == head).map(|(_, count)| *count)
    }
    pub(super) fn note_waiting(&self, owner: OrganisationId, head: Revision, count: usize) {
        let mut waiting = self.waiting.lock();
        if waiting.len() >= limits::OVERVIEWS_MAX {
            waiting.clear();
        }
        waiting.insert(owner, (head, count));
    }
    fn held_of(&self, owner: OrganisationId) -> Arc<Held> {
        let mut held = self.held.lock();
        if held.len() >= limits::OVERVIEWS_MAX && !held.contains_key(&owner) {
            held.clear();
        }
        Arc::clone(held.entry(owner).or_default())
    }
}

impl Held {
    /// What is there, after a new count was set off where that is due.
    fn begin(self: &Arc<Self>, authority: &Shared, owner: OrganisationId) -> Option<Arc<Snapshot>> {
        let mut state = self.state.lock();
        if !state.is_counting && state.next.is_none_or(|next| next <= Instant::now()) {
            state.is_counting = true;
            let (held, authority) = (Arc::clone(self), Arc::clone(authority));
            tokio::spawn(async move { held.count(&authority, owner).await });
        }
        state.snapshot.clone()
    }
    async fn count(&self, authority: &Authority, owner: OrganisationId) {
        let started = Instant::now();
        let before = self.state.lock().snapshot.clone();
        let mut calls = before.as_ref().map(|before| before.calls.clone()).unwrap_or_default();
        let outcome = self.take_stock(authority, owner, &mut calls).await;
        let mut state = self.state.lock();
        match outcome {
            Ok(snapshot) => state.snapshot = Some(Arc::new(snapshot)),
            Err(error) => tracing::warn!(%error, "an organisation's tokens could not be counted"),
        }
        state.is_counting = false;
        state.next = Some(Instant::now() + FRESH.max(started.elapsed() * 20));
        drop(state);
        self.counted.notify_waiters();
    }
    async fn take_stock(&self, authority: &Authority, owner: OrganisationId, calls: &mut Counted) -> Result<Snapshot, StoreError> {
        let now = authority.now();
        let tokens = survey_at(authority, owner, now).await?;
        let old_secrets =
            authority.store.users_of_old_secrets(owner, now.minus(limits::OLD_SECRET_NOTICE), limits::FINDING_TOKENS_MAX).await?;
        let narrow = narrow::find_at(authority, owner, now).await?;
        calls.go_on(&authority.store, owner, now, Instant::now()).await?;
        let mut snapshot = Snapshot { as_of: now, calls: calls.clone(), tokens, old_secrets, narrow };
        let deadline = Instant::now() + COUNTING;
        if !calls.is_whole_at(now) {
            // Whoever waits sees what there is, and the rest when it is there.
            self.state.lock().snapshot = Some(Arc::new(snapshot.clone()));
            calls.go_on(&authority.store, owner, now, deadline).await?;
            snapshot.calls = calls.clone();
        }
        Ok(snapshot)
    }
}

/// Counts the live tokens, part by part.
async fn survey_at(authority: &Authority, owner: OrganisationId, now: Timestamp) -> Result<SurveyPart, StoreError> {
    let asked = SurveyQuestion { now, idle_since: now.minus(IDLE), ending_before: now.plus(ENDING) };
    let mut sum = SurveyPart::default();
    loop {
        let part = authority.store.survey_tokens(owner, sum.next, asked).await?;
        sum = SurveyPart {
            live: sum.live + part.live,
            endless: sum.endless + part.endless,
            ending: sum.ending + part.ending,
            idle: sum.idle + part.idle,
            next: part.next,
        };
        if sum.next.is_none() {
            return Ok(sum);
        }
    }
}
