//! What came after a place in the change log, for a gate: waits a moment for a change, reads the log after the question came, and
//! leaves out what the gate may not know. The head that is told was read after the question, so that whoever asked knows how new
//! the answer is by its own clock.

use super::Entitlement;
use crate::{
    authority::Authority,
    problem::Problem,
    remote::wire::{Told, ToldPolicy, ToldToken, Whom},
};
use jeton_core::{
    change::{Change, Changed, Revision},
    facts::TokenRecord,
    id::TokenId,
};
use jeton_store::{StoreError, change::Changes};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Changes in one answer.
const PAGE: usize = 1000;

/// A token as it was found after it had changed.
#[derive(Debug)]
pub struct Found {
    /// The token; `None` when there is none any more.
    record: Option<TokenRecord>,
    /// The place that this is true at, or later.
    as_of: Revision,
}

/// What a gate asks.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The last place that it has taken in; `None` at its beginning.
    pub after: Option<Revision>,
    /// Comes back in the answer.
    pub ask: u64,
    /// How long it waits for a change.
    pub wait: Duration,
    /// When the question came: what is told was read after that.
    pub at: Instant,
}

/// Answers a gate.
pub async fn tell(authority: &Authority, entitled: &Entitlement, asked: Asked) -> Result<Told, Problem> {
    Ok(Told { ask: asked.ask, ..answer(authority, entitled, asked).await? })
}

async fn answer(authority: &Authority, entitled: &Entitlement, asked: Asked) -> Result<Told, Problem> {
    let Some(after) = asked.after else { return begin(authority, entitled).await };
    // Where this node knows of nothing newer it waits for that; what it does not know of yet is read all the same, after the wait.
    if authority.store.known_head() == after && !asked.wait.is_zero() {
        let mut progress = authority.progress.clone();
        tokio::select! {
            _ = progress.wait_for(Revision(after.0.saturating_add(1)), asked.wait) => {}
            () = authority.stopping.cancelled() => {}
        }
    }
    let read = authority.gates.read.after(after, asked.at, async || authority.store.changes_after(after, PAGE).await).await?;
    let truncated = read.truncated || after > read.head;
    if truncated {
        return Ok(Told { truncated, ..begin(authority, entitled).await? });
    }
    told(authority, entitled, after, &read).await
}

/// What a gate needs before anything else.
async fn begin(authority: &Authority, entitled: &Entitlement) -> Result<Told, Problem> {
    let head = authority.store.head().await?;
    // APIs and keys are taken from this node's own memory, which must have come as far.
    authority.took_in(head).await;
    Ok(Told {
        apis: Some(entitled.apis(authority)),
        keys: Some(authority.keys.public().to_jwks()),
        ..nothing_new(authority, entitled, head, head)
    })
}

fn nothing_new(authority: &Authority, entitled: &Entitlement, reached: Revision, head: Revision) -> Told {
    let Entitlement { organisation, audiences, .. } = entitled.clone();
    let generation = authority.store.generation().map_or(0, |generation| generation.number);
    Told {
        ask: 0,
        reached,
        head,
        truncated: false,
        now: authority.now().as_micros(),
        changes: Vec::new(),
        withheld: None,
        tokens: Vec::new(),
        as_of: head,
        apis: None,
        keys: None,
        whom: Whom { issuer: authority.config.issuer.clone(), organisation, audiences, generation },
    }
}

/// A stretch of the log, as a gate may know it.
async fn told(authority: &Authority, entitled: &Entitlement, after: Revision, read: &Changes) -> Result<Told, Problem> {
    let reached = read.changes.last().map_or(after, |last| last.revision);
    let mut told = nothing_new(authority, entitled, reached, read.head);
    let places = read.changes.len();
    let (mut apis, mut keys) = (false, false);
    for change in read.changes.iter().cloned() {
        match &change.what {
            Changed::Token(id) => {
                let found = find(authority, change.revision, *id).await?;
                add(&mut told, entitled, change, &found);
            }
            Changed::Cut(scope) if scope.organisation == entitled.organisation => told.changes.push(change),
            Changed::Cut(_) => {}
            Changed::Api(_) => apis = true,
            Changed::SigningKeys => keys = true,
            // A gate knows clients by their anchors, which are tokens.
            Changed::Client(_) => {}
            Changed::Everything => {
                (apis, keys) = (true, true);
                told.changes.push(change);
            }
        }
    }
    told.withheld = u64::try_from(places - told.changes.len()).ok();
    if apis || keys {
        authority.took_in(reached).await;
        told.apis = apis.then(|| entitled.apis(authority));
        told.keys = keys.then(|| authority.keys.public().to_jwks());
    }
    Ok(told)
}

/// Adds a changed token: with what it is now where the gate may know it, by its id alone where it could hang on one that the gate
/// knows, and not at all where it is another organisation's.
fn add(told: &mut Told, entitled: &Entitlement, change: Change, found: &Found) {
    match &found.record {
        Some(record) if record.policy.organisation != entitled.organisation => return,
        Some(record) if entitled.covers(record) => {
            told.tokens.push(ToldToken::of(record, ToldPolicy::whole(record)));
            told.as_of = told.as_of.min(found.as_of);
        }
        Some(_) | None => {}
    }
    told.changes.push(change);
}

/// The token of a change, looked up once for all gates, however many ask at the same moment.
async fn find(authority: &Authority, revision: Revision, id: TokenId) -> Result<Arc<Found>, Problem> {
    let look_up = async {
        let found = authority.store.find_token(id).await?;
        Ok::<_, StoreError>(Arc::new(Found { record: found.record, as_of: found.as_of }))
    };
    Ok(authority.gates.changed.get_or_insert_async(&revision, look_up).await?)
}
