//! Finds what is known of a presented token and of all that it hangs on: in memory where that is new enough, else by asking. Never takes
//! from memory what is older than the question allows, but where an API says so in as many words.

use super::{Chain, Gate, Gathered, Proof, Question, chain::Next};
use crate::{
    lookup::{Answered, Wanted},
    memory::{Known, Recall},
};
use jeton_core::{
    change::Revision,
    denial::{Denial, Unavailable},
    id::TokenId,
    jose::looks_like_jwt,
    limits,
};
use std::time::{Duration, Instant};

/// What was found of one token.
struct Found {
    known: Option<Known>,
    /// The place in the change log that this is true at.
    as_of: Revision,
    /// How long ago that was known to be the newest, where it is longer than it should be.
    stale: Option<Duration>,
}

impl Gate {
    /// Follows the chain of tokens in memory; `None` when a look-up is needed.
    pub(super) fn gather_now(&self, question: &Question<'_>, proof: &Proof) -> Option<Gathered> {
        let around = &self.inner.around;
        let now = around.clock.instant();
        let as_of = self.trusted(question, now)?;
        let mut chain = Chain::new(as_of);
        let mut id = proof.id();
        loop {
            let found = match around.memory.recall(id, now) {
                Recall::Known(known) => Some(known),
                Recall::Absent => {
                    around.meters.absent_known.increment(1);
                    None
                }
                Recall::Nothing => return None,
            };
            match chain.take(found, proof, question.within) {
                Ok(Next::Ask(parent)) => id = parent,
                Ok(Next::Complete) => return Some(Ok(chain)),
                Err(denial) => return Some(Err(denial)),
            }
        }
    }
    /// Follows the chain of tokens, asking the source for what is not in memory or must not be taken from there.
    pub(super) async fn gather(&self, question: &Question<'_>, proof: &Proof) -> Gathered {
        let mut chain = Chain::new(Revision(u64::MAX));
        let mut wanted = Wanted { id: proof.id(), below: None };
        loop {
            let found = self.find(question, wanted).await.map_err(Denial::Unavailable)?;
            chain.as_of = chain.as_of.min(found.as_of);
            chain.stale = chain.stale.max(found.stale);
            match chain.take(found.known, proof, question.within)? {
                Next::Ask(parent) => wanted = Wanted { id: parent, below: Some(proof.id()) },
                Next::Complete => return Ok(chain),
            }
        }
    }
    async fn find(&self, question: &Question<'_>, wanted: Wanted) -> Result<Found, Unavailable> {
        let around = &self.inner.around;
        let now = around.clock.instant();
        let trusted = self.trusted(question, now);
        if let Some(as_of) = trusted {
            match around.memory.recall(wanted.id, now) {
                Recall::Known(known) => return Ok(Found { known: Some(known), as_of, stale: None }),
                Recall::Absent => return Ok(Found { known: None, as_of, stale: None }),
                Recall::Nothing => {}
            }
        }
        let least = question.min_revision.unwrap_or_default();
        // A look-up that was under way may have read too early; the second is younger than the question.
        for _ in 0..2 {
            match around.ask(wanted, question.client_ip).await {
                Ok(Answered { known, as_of }) if as_of >= least => return Ok(Found { known, as_of, stale: None }),
                Ok(_) => {}
                Err(Unavailable::Store) if trusted.is_none() => return self.find_stale(question, wanted.id).ok_or(Unavailable::Stale),
                Err(fault) => return Err(fault),
            }
        }
        Err(Unavailable::Revision)
    }
    /// What the memory held when it was last true, where the API says that its calls may be decided on that for a while. Only of
    /// tokens that it holds: nobody is told that there is none.
    fn find_stale(&self, question: &Question<'_>, id: TokenId) -> Option<Found> {
        let around = &self.inner.around;
        let now = around.clock.instant();
        let (age, as_of) = (around.memory.freshness.age(now)?, around.memory.freshness.applied());
        let longest = self.inner.directory.load().served_stale(question.audience, self.inner.settings.max_staleness)?;
        let is_new_enough = question.min_revision.is_none_or(|wanted| as_of >= wanted);
        match around.memory.recall(id, now) {
            Recall::Known(known) if age <= longest && is_new_enough => Some(Found { known: Some(known), as_of, stale: Some(age) }),
            Recall::Known(_) | Recall::Absent | Recall::Nothing => None,
        }
    }
    /// Whether the memory is older than the question demands.
    pub(super) fn is_behind(&self, question: &Question<'_>) -> bool {
        question.min_revision.is_some_and(|wanted| self.inner.around.memory.freshness.applied() < wanted)
    }
    /// Waits until APIs and keys are as new as the question demands, where it needs any. They come with the change log alone;
    /// a token can be asked for, and is. A credential that is none by its shape is not waited for.
    pub(super) async fn await_revision(&self, question: &Question<'_>) -> Result<(), Unavailable> {
        let (Some(wanted), Ok(credential)) = (question.min_revision, question.credential) else { return Ok(()) };
        let text = credential.as_bytes();
        let is_jwt = looks_like_jwt(text);
        let needs_them = is_jwt || (question.audience.is_some() && Proof::of_opaque(text).is_ok());
        if !needs_them || self.inner.around.memory.freshness.wait_for(wanted, limits::REVISION_WAIT.into()).await {
            return Ok(());
        }
        Err(Unavailable::Revision)
    }
    /// The place in the change log that the memory is true at; `None` when it is too old for this question.
    fn trusted(&self, question: &Question<'_>, now: Instant) -> Option<Revision> {
        let freshness = &self.inner.around.memory.freshness;
        let applied = freshness.applied();
        let usual = self.inner.settings.max_staleness;
        let is_fresh = freshness.age(now).is_some_and(|age| self.inner.directory.load().trusts(age, question.audience, usual));
        let is_new_enough = question.min_revision.is_none_or(|wanted| applied >= wanted);
        (is_fresh && is_new_enough).then_some(applied)
    }
}
