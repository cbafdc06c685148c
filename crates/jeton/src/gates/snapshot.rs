//! All tokens that a gate may know, line by line, so that it starts with a full memory and knows which ids exist. Read page by
//! page, as fast as the gate takes it and no faster; a few snapshots at once, so that checks go on beside them.

use super::Entitlement;
use crate::{
    authority::Shared,
    problem::{Problem, ProblemCode},
    remote::wire::{Line, POLICY_SLOTS, ToldPolicy, ToldToken},
};
use bytes::Bytes;
use futures_util::{
    Stream, StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use http::{HeaderValue, header};
use jeton_core::{change::Revision, facts::TokenRecord, id::TokenId, kind::TokenKind, policy::Policy};
use jeton_store::{
    StoreError,
    token::{EntitledPlace, UncheckedPage},
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::task::AbortOnDropHandle;

/// Tokens read at once: as many as a processor's cache holds while they go through several hands.
const PAGE: usize = 500;
/// Pages that are checked while the next one is read.
const CHECKED_AT_ONCE: usize = 2;
/// Tokens that others hang on, looked up at once.
const PARENTS: usize = 200;

/// A snapshot that is being told.
struct Snapshot {
    authority: Shared,
    entitled: Entitlement,
    /// Tokens that may still be sent whole; of the others only the ids go.
    room: u64,
    told: u64,
    policies: Policies,
    /// What told tokens hang on, and was not told yet.
    parents: HashSet<TokenId>,
    /// Grants that were told: nearly everything that tokens hang on.
    grants: HashSet<TokenId>,
    step: Step,
    _place: OwnedSemaphorePermit,
}

/// Pages of tokens, as they are read and checked.
type Pages = BoxStream<'static, Result<Vec<TokenRecord>, StoreError>>;

/// What comes next.
enum Step {
    Start { revision: Revision, tokens: u64 },
    Tokens(Pages),
    Parents,
    Done,
}

/// The numbers of policies.
#[derive(Default)]
struct Policies {
    numbers: HashMap<Arc<Policy>, u32>,
    slots: Vec<Arc<Policy>>,
    next: u32,
    /// The one before: most tokens of a page share theirs with the next.
    last: Option<(Arc<Policy>, u32)>,
}

/// Begins a snapshot with room for `room` tokens.
pub async fn begin(
    authority: &Shared,
    entitled: Entitlement,
    room: u64,
) -> Result<impl Stream<Item = Result<Bytes, StoreError>> + Send + use<>, Problem> {
    let Ok(place) = Arc::clone(&authority.gates.snapshots).try_acquire_owned() else {
        let busy = Problem::new(ProblemCode::Unavailable, "as many snapshots as run at once are under way");
        return Err(busy.with_header(header::RETRY_AFTER, HeaderValue::from_static("1")));
    };
    let revision = authority.store.head().await?;
    let tokens = authority.store.count_tokens_of(entitled.organisation).await?;
    let snapshot = Snapshot {
        authority: Arc::clone(authority),
        entitled,
        room,
        told: 0,
        policies: Policies::default(),
        parents: HashSet::new(),
        grants: HashSet::new(),
        step: Step::Start { revision, tokens },
        _place: place,
    };
    Ok(stream::try_unfold(snapshot, |mut snapshot| async move {
        let piece = snapshot.next().await?;
        Ok(piece.map(|piece| (piece, snapshot)))
    }))
}

impl Snapshot {
    /// The next lines; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        let mut out = Vec::new();
        match &mut self.step {
            Step::Start { revision, tokens } => {
                put(&mut out, &Line::Start { revision: *revision, tokens: *tokens });
                self.step = Step::Tokens(pages(&self.authority, &self.entitled));
            }
            Step::Tokens(pages) => match pages.try_next().await? {
                Some(mut page) => {
                    page.retain(|record| self.entitled.covers(record));
                    self.tell(&page, &mut out);
                }
                None => self.step = Step::Parents,
            },
            Step::Parents => self.tell_parents(&mut out).await?,
            Step::Done => return Ok(None),
        }
        Ok(Some(Bytes::from(out)))
    }
    fn tell(&mut self, page: &[TokenRecord], out: &mut Vec<u8>) {
        let whole = usize::try_from(self.room).unwrap_or(usize::MAX).min(page.len());
        let (sent, named) = page.split_at(whole);
        for record in sent {
            if record.policy.kind == TokenKind::Grt {
                self.grants.insert(record.id);
            }
            self.parents.extend(record.policy.parent);
            let number = self.policies.number(&record.policy, out);
            put(out, &Line::Token(ToldToken::of(record, ToldPolicy::Number(number))));
        }
        if !named.is_empty() {
            put(out, &Line::Ids(named.iter().map(|record| record.id).collect()));
        }
        self.room -= sent.len() as u64;
        self.told += page.len() as u64;
    }
    /// What told tokens hang on and no page held: it lives or not, more the gate is not told.
    async fn tell_parents(&mut self, out: &mut Vec<u8>) -> Result<(), StoreError> {
        let grants = &self.grants;
        self.parents.retain(|parent| !grants.contains(parent));
        let some: Vec<TokenId> = self.parents.iter().copied().take(PARENTS).collect();
        if some.is_empty() {
            put(out, &Line::End { tokens: self.told });
            self.step = Step::Done;
        }
        for id in some {
            self.parents.remove(&id);
            let Some(record) = self.authority.store.find_token(id).await?.record else { continue };
            let is_told = self.entitled.covers(&record);
            if is_told || record.policy.organisation != self.entitled.organisation {
                continue;
            }
            if self.room == 0 {
                put(out, &Line::Ids(vec![id]));
            } else {
                self.room -= 1;
                put(out, &Line::Token(ToldToken::above(&record, ToldPolicy::whole(&record))));
            }
            self.told += 1;
            self.parents.extend(record.policy.parent);
        }
        Ok(())
    }
}

/// All tokens that a gate may be entitled to. One page is read while others are checked, and told.
fn pages(authority: &Shared, entitled: &Entitlement) -> Pages {
    let (reader, checker, organisation) = (Arc::clone(authority), Arc::clone(authority), entitled.organisation);
    let audiences = Arc::from(entitled.audiences.as_slice());
    let read = move |after: Option<EntitledPlace>| {
        let (reader, audiences) = (Arc::clone(&reader), Arc::clone(&audiences));
        async move {
            let page = aside(async move { reader.store.read_tokens_for(organisation, &audiences, after, PAGE).await }).await?;
            Ok(page.next().map(|next| (page, Some(next))))
        }
    };
    let check = move |page: Result<UncheckedPage, StoreError>| {
        let checker = Arc::clone(&checker);
        aside(async move { checker.store.checked(page?).await })
    };
    stream::try_unfold(None, read).map(check).buffered(CHECKED_AT_ONCE).boxed()
}

/// Does some of the work in a task of its own, which ends with whoever waits for it.
async fn aside<T: Send + 'static>(work: impl Future<Output = Result<T, StoreError>> + Send + 'static) -> Result<T, StoreError> {
    let task = AbortOnDropHandle::new(tokio::spawn(work));
    task.await.map_err(|_| StoreError::Unavailable("a page of the snapshot was not read".into()))?
}

impl Policies {
    /// The number of a policy, which is told first where it has none yet.
    fn number(&mut self, policy: &Arc<Policy>, out: &mut Vec<u8>) -> u32 {
        if let Some((last, number)) = &self.last
            && Arc::ptr_eq(last, policy)
        {
            return *number;
        }
        let number = self.find_or_tell(policy, out);
        self.last = Some((Arc::clone(policy), number));
        number
    }
    fn find_or_tell(&mut self, policy: &Arc<Policy>, out: &mut Vec<u8>) -> u32 {
        if let Some(number) = self.numbers.get(policy) {
            return *number;
        }
        let number = self.next % POLICY_SLOTS;
        self.next = (number + 1) % POLICY_SLOTS;
        match self.slots.get_mut(number as usize) {
            Some(slot) => {
                let before = std::mem::replace(slot, Arc::clone(policy));
                self.numbers.remove(&before);
            }
            None => self.slots.push(Arc::clone(policy)),
        }
        self.numbers.insert(Arc::clone(policy), number);
        put(out, &Line::Policy { number, policy: Box::new(Policy::clone(policy)) });
        number
    }
}

fn put(out: &mut Vec<u8>, line: &Line) {
    if let Err(error) = serde_json::to_writer(&mut *out, line) {
        tracing::error!(%error, "a line of a snapshot could not be written");
    }
    out.push(b'\n');
}
