//! The places of JWTs in Token Status Lists, and what the lists say. A place is drawn at random, given out once, and never says
//! whose it is.
//!
//! What a list says follows from the states of tokens, of what they hang on as well: nothing is written when a token dies. That is read
//! without the rows' marks, which would cost all rows for each list; whoever makes lists has them looked through bit by bit
//! ([`Store::untrue_slots`]), and never takes a death back.

mod untrue;

use crate::{
    error::Result,
    fault::Fault,
    link::{Link, execute, fetch_all, fetch_one},
    store::{Store, read::read},
    writer::{Operation, Tx},
};
use jeton_core::{
    facts::TokenState,
    id::TokenId,
    limits,
    oauth::status_list::{SLOTS, Status},
    timestamp::Timestamp,
};
use std::collections::BTreeMap;

/// Draws before a list counts as full. With eight of them a list takes some hundred thousand tokens.
pub const DRAWS: usize = 8;

/// A place in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusSlot {
    /// The list.
    pub list: u32,
    /// The place in it.
    pub slot: u32,
}

/// The states of a list that are not "valid", by place.
pub type Exceptions = Vec<(u32, Status)>;

impl Store {
    /// Gives a JWT its place. `draws` must be random.
    pub async fn take_status_slot(&self, token: TokenId, expires_at: Timestamp, draws: [u32; DRAWS]) -> Result<StatusSlot> {
        self.write(Take { token, expires_at, draws }).await
    }
    /// What a list says at `now` that is not "valid"; `None` where there is no such list yet.
    pub async fn status_list_at(&self, list: u32, now: Timestamp) -> Result<Option<Exceptions>> {
        read!(self, link => exceptions(link, list, now))
    }
    /// Which places of a list behind `after` belong to tokens whose rows, or those of what they hang on, were changed from outside, as
    /// far as `limit` rows go; and where to go on, `None` at the end.
    pub async fn untrue_slots(&self, list: u32, after: Option<u32>, limit: usize) -> Result<(Vec<u32>, Option<u32>)> {
        read!(self, link => untrue::find(link, self.marks(), list, after, limit))
    }
    /// The newest list: it and all before it exist.
    pub async fn newest_status_list(&self) -> Result<u32> {
        read!(self, link => newest(link))
    }
}

struct Take {
    token: TokenId,
    expires_at: Timestamp,
    draws: [u32; DRAWS],
}

impl Operation for Take {
    type Answer = StatusSlot;
    // A place that was drawn in vain leaves nothing, and none has to do with the rows of tokens: nobody beside it must wait.
    const REFUSES_FIRST: bool = true;
    const ONLY_ISSUES: bool = true;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<StatusSlot, Fault> {
        take(tx, self.token, self.expires_at, &self.draws).await
    }
}

/// Gives a token its place in the transaction that issues it. When all draws are taken, a new list begins.
pub(crate) async fn take(
    tx: &mut Tx<'_>,
    token: TokenId,
    expires_at: Timestamp,
    draws: &[u32; DRAWS],
) -> std::result::Result<StatusSlot, Fault> {
    let current = newest(&mut tx.link).await?;
    let drawn = draws.iter().map(|draw| StatusSlot { list: current, slot: draw % SLOTS });
    let next = StatusSlot { list: current.saturating_add(1), slot: draws.first().copied().unwrap_or_default() % SLOTS };
    for place in drawn.chain([next]) {
        let inserted = execute!(
            &mut tx.link,
            "INSERT INTO status_slots (list, slot, token, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT (list, slot) DO NOTHING",
            i64::from(place.list),
            i64::from(place.slot),
            token.digits(),
            expires_at.as_micros(),
        )?;
        if inserted == 1 {
            return Ok(place);
        }
    }
    Err(crate::StoreError::Conflict("no place in a status list is left".to_owned()).into())
}

async fn newest(link: &mut Link<'_>) -> std::result::Result<u32, Fault> {
    let (list,) = fetch_one!(link, (i64,), "SELECT COALESCE(MAX(list), 0) FROM status_slots")?;
    Ok(u32::try_from(list).unwrap_or(u32::MAX))
}

/// What died within the longest life of a JWT, with what hangs on it: nothing else can matter, and nothing is issued under what is dead.
/// A cut says nothing in the rows of what it covers. It is looked at before them, so that only those are read that it can cover.
macro_rules! exceptions {
    ($client:literal, $key:literal) => {
        concat!(
            "WITH RECURSIVE dead (id, state, depth) AS ( \
             SELECT t.id, t.state, 1 FROM tokens t WHERE t.state <> 'active' AND t.changed_at > $1 \
             UNION ALL SELECT t.id, 'revoked', 1 FROM cuts c CROSS JOIN tokens t WHERE c.kind = 'subject' AND c.at > $1 \
             AND t.organisation = c.organisation AND t.subject = c.value AND t.issued_at <= c.until AND t.kind <> 'cls' \
             UNION ALL SELECT t.id, 'revoked', 1 FROM cuts c CROSS JOIN tokens t WHERE c.kind = 'project' AND c.at > $1 \
             AND t.organisation = c.organisation AND t.project = c.value AND t.issued_at <= c.until AND t.kind <> 'cls' \
             UNION ALL SELECT t.id, 'revoked', 1 FROM cuts c CROSS JOIN tokens t WHERE c.kind IN ('client', 'signing_key', 'everything') AND c.at > $1 \
             AND t.organisation = c.organisation AND t.issued_at > $1 AND t.issued_at <= c.until AND t.kind <> 'cls' \
             AND (c.kind = 'everything' OR (c.kind = 'client' AND c.value = ",
            $client,
            ") OR (c.kind = 'signing_key' AND c.value = ",
            $key,
            ")) UNION ALL SELECT t.id, dead.state, dead.depth + 1 FROM dead JOIN tokens t ON t.parent = dead.id WHERE dead.depth < 6) \
             SELECT s.slot, dead.state FROM dead JOIN status_slots s ON s.token = dead.id WHERE s.list = $2"
        )
    };
}

async fn exceptions(link: &mut Link<'_>, list: u32, now: Timestamp) -> std::result::Result<Option<Exceptions>, Fault> {
    if list > newest(link).await? {
        return Ok(None);
    }
    let since = now.minus(limits::JWT_LIFE_MAX).minus(limits::JWT_LIFE_MAX).as_micros();
    let text = match link {
        Link::Sqlite(_) => exceptions!("json_extract(t.policy, '$.client_id')", "json_extract(t.policy, '$.signed_by')"),
        Link::Postgres(_) => exceptions!("(t.policy::json ->> 'client_id')", "(t.policy::json ->> 'signed_by')"),
    };
    let rows = fetch_all!(link, (i64, String), text, since, i64::from(list))?;
    let mut found = BTreeMap::new();
    for (slot, state) in rows {
        let status = TokenState::parse(&state).map_or(Status::Invalid, Status::of);
        let slot = u32::try_from(slot).unwrap_or(u32::MAX);
        let worst = found.get(&slot).map_or(status, |other| status.under(*other));
        found.insert(slot, worst);
    }
    Ok(Some(found.into_iter().collect()))
}
