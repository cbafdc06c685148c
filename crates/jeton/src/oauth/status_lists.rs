//! Token Status Lists, signed: for resource servers that verify JWTs by themselves and still want to hear of revocations.
//!
//! A list is made anew at most once a second, and only when something changed or its token grew old: fetching it costs a copy. What was
//! dead once stays dead, whatever the database says, and each time some more rows are looked at for their marks.

use super::OAuthError;
use crate::authority::Authority;
use bytes::Bytes;
use jeton_core::{
    change::Revision,
    jose::{StatusListClaims, StatusReference},
    limits,
    oauth::status_list::{BITS, Status, StatusList},
    timestamp::{Span, Timestamp},
};
use jeton_store::status::{DRAWS, StatusSlot};
use parking_lot::RwLock;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Where lists are, in front of their numbers.
pub const PATH: &str = "/oauth/status/";
/// How often a list is made anew at most.
const REBUILD_EVERY: Span = Span::from_seconds(1);

/// The lists that were made last.
#[derive(Debug, Default)]
pub struct StatusLists {
    made: RwLock<BTreeMap<u32, Arc<SignedList>>>,
    /// One is made at a time. What is known of each from before.
    making: tokio::sync::Mutex<BTreeMap<u32, Known>>,
}

/// What is known of a list besides what the database says.
#[derive(Debug, Default)]
struct Known {
    /// Places that are dead for ever, or whose rows are not believed.
    dead: BTreeSet<u32>,
    /// Up to where rows were looked at for their marks; they are looked at in turn, and then again.
    looked_up_to: Option<u32>,
}

/// A list as it is given out.
#[derive(Clone, Debug)]
pub struct SignedList {
    /// The token.
    pub token: Bytes,
    made_at: Timestamp,
    revision: Revision,
}

impl SignedList {
    /// How much longer it may be kept at `now`.
    pub fn time_left_at(&self, now: Timestamp) -> Span {
        let age = now.since(self.made_at).as_micros();
        Span::from_micros(limits::STATUS_LIST_TTL.as_micros().saturating_sub(age).max(0))
    }
    /// Whether it says what is true, as far as a second allows.
    fn is_good_at(&self, revision: Revision, now: Timestamp) -> bool {
        let age = now.since(self.made_at);
        age < REBUILD_EVERY || (self.revision == revision && age < limits::STATUS_LIST_TTL)
    }
}

/// The address of a list: the `uri` in its tokens and the `sub` of its own.
pub fn address(authority: &Authority, list: u32) -> String {
    format!("{}{PATH}{list}", authority.config.issuer)
}

/// The list of this number; `None` where there is none.
pub async fn list(authority: &Authority, number: u32) -> Result<Option<Arc<SignedList>>, OAuthError> {
    if let Some(made) = good(authority, number) {
        return Ok(Some(made));
    }
    let mut known = authority.status_lists.making.lock().await;
    if let Some(made) = good(authority, number) {
        return Ok(Some(made));
    }
    let (now, revision) = (authority.now(), authority.gate.applied());
    let Some(exceptions) = authority.store.status_list_at(number, now).await? else { return Ok(None) };
    let own = known.entry(number).or_default();
    let (untrue, looked_up_to) = authority.store.untrue_slots(number, own.looked_up_to, limits::STATUS_ROWS_CHECKED).await?;
    own.looked_up_to = looked_up_to;
    own.dead.extend(untrue);
    own.dead.extend(exceptions.iter().filter(|(_, status)| *status == Status::Invalid).map(|(slot, _)| *slot));
    let mut states = StatusList::new();
    exceptions.into_iter().for_each(|(slot, status)| states.set(slot, status));
    own.dead.iter().for_each(|slot| states.set(*slot, Status::Invalid));
    while known.len() > limits::STATUS_LISTS_KEPT {
        known.pop_first();
    }
    let made = Arc::new(SignedList { token: sign(authority, number, &states, now)?, made_at: now, revision });
    let mut kept = authority.status_lists.made.write();
    kept.insert(number, Arc::clone(&made));
    // Old lists are asked for less and less; what falls out is made again when somebody does.
    while kept.len() > limits::STATUS_LISTS_KEPT {
        kept.pop_first();
    }
    Ok(Some(made))
}

fn good(authority: &Authority, number: u32) -> Option<Arc<SignedList>> {
    let made = authority.status_lists.made.read().get(&number).cloned()?;
    made.is_good_at(authority.gate.applied(), authority.now()).then_some(made)
}

fn sign(authority: &Authority, number: u32, states: &StatusList, now: Timestamp) -> Result<Bytes, OAuthError> {
    let (list, states) = (address(authority, number), states.to_text());
    let claims = StatusListClaims {
        issuer: &authority.config.issuer,
        list: &list,
        issued_at: now,
        expires_at: now.plus(limits::STATUS_LIST_LIFE),
        time_to_live: limits::STATUS_LIST_TTL,
        bits: BITS,
        states: &states,
    };
    let signed = authority.keys.issue_status_list_at(&claims, now).map_err(|fault| {
        tracing::error!(%fault, "a status list could not be signed");
        OAuthError::unavailable()
    })?;
    Ok(Bytes::copy_from_slice(signed.expose().as_bytes()))
}

/// Gives a JWT that is about to be issued its place; what its `status` claim says.
pub async fn reserve(authority: &Authority, token: jeton_core::id::TokenId, expires_at: Timestamp) -> Result<StatusReference, OAuthError> {
    let draws: [u32; DRAWS] = rand::random();
    let StatusSlot { list, slot } = authority.store.take_status_slot(token, expires_at, draws).await?;
    Ok(StatusReference { list: address(authority, list), index: u64::from(slot) })
}
