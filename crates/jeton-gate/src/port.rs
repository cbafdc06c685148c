//! What a gate needs from outside. The program implements these over the store, a remote gate over the network.

use crate::check::TokenView;
use jeton_core::{
    api::Api,
    change::Revision,
    facts::TokenRecord,
    id::TokenId,
    jose::PlainJwt,
    lease::{GivenBack, Lease, LeaseAsk},
    name::Audience,
    timestamp::Timestamp,
    usage::UsageEvent,
};
use std::{future::Future, pin::Pin, sync::Arc, time::Instant};

/// A boxed answer to come.
pub type Answering<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where tokens are looked up that are not in memory.
pub trait TokenSource: Send + Sync + 'static {
    /// The token of this id, and the place in the change log that the answer is at least as new as. Has a deadline of its own.
    fn find(&self, id: TokenId) -> Answering<'_, Result<Loaded, SourceFault>>;
    /// The same of a token that `leaf`, which was presented and recognised, hangs on: for sources that tell a gate of no other
    /// tokens than those that are for its APIs.
    fn find_above(&self, id: TokenId, leaf: TokenId) -> Answering<'_, Result<Loaded, SourceFault>> {
        let _ = leaf;
        self.find(id)
    }
}

/// What a look-up found.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The token; `None` when there is none.
    pub record: Option<TokenRecord>,
    /// Read before the record.
    pub as_of: Revision,
}

/// Why a look-up found nothing out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceFault {
    /// No answer in time, or a failure.
    Unavailable,
    /// What was found does not carry its mark.
    Tampered,
}

/// Where units of limits are leased that several verifiers share.
pub trait LimitLedger: Send + Sync + 'static {
    /// Leases what is asked for, as far as there is room; one answer to each question, in their order. What it leases counts as spent.
    fn lease(&self, asks: Vec<LeaseAsk>) -> Answering<'_, Result<Vec<Lease>, SourceFault>>;
    /// Takes back what was leased of quotas and not spent. Is not asked a second time where it failed.
    fn give_back(&self, back: Vec<GivenBack>) -> Answering<'_, Result<(), SourceFault>>;
}

/// Issues what an upstream gets in place of the caller's token. For a gate that can sign.
pub trait UpstreamIssuer: Send + Sync + 'static {
    /// A JWT as the order says.
    fn issue(&self, order: UpstreamOrder) -> Answering<'_, Result<PlainJwt, SourceFault>>;
}

/// An upstream's token that is to be issued.
#[derive(Clone, Debug)]
pub struct UpstreamOrder {
    /// The caller's token, which was decided on.
    pub token: TokenView,
    /// The upstream.
    pub audience: Audience,
    /// Now.
    pub at: Timestamp,
    /// When it ends: no later than the caller's token.
    pub expires_at: Timestamp,
}

/// Where use goes. Must not block and must not wait: called on every decision.
pub trait UsageSink: Send + Sync + 'static {
    /// Records one decision.
    fn record(&self, event: &UsageEvent<'_>);
}

/// Tells the time. The wall clock for tokens' instants; staleness is measured on a monotonic one.
pub trait Clock: Send + Sync + 'static {
    /// Now. Never earlier than what it said before: a wall clock that is set back does not bring anything back.
    fn now(&self) -> Timestamp;
    /// The monotonic clock, for staleness and short memories.
    fn instant(&self) -> Instant {
        Instant::now()
    }
}

/// The APIs that are known, whole: small, replaced at once when one changes.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// All APIs of all organisations, each audience once. Where an audience stands twice, the first counts.
    pub apis: Vec<Arc<Api>>,
}
