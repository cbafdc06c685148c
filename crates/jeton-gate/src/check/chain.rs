//! A recognised token and the tokens that it was derived from, as copies out of memory.

use super::proof::Proof;
use crate::{
    memory::Known,
    spend::{Counted, Link},
};
use jeton_core::{
    allowance::OnUnavailable,
    change::Revision,
    denial::Denial,
    facts::{Facts, WhichSecret},
    id::{OrganisationId, TokenId},
    lease::Payer,
    limits::DERIVATION_DEPTH_MAX,
    policy::Policy,
};
use smallvec::SmallVec;
use std::time::Duration;

/// The token first, then its parent, and so on. Moved on its way, so that only as many as nearly all chains have stand in it.
pub(super) struct Chain {
    links: SmallVec<[Known; 2]>,
    pub(super) secret: WhichSecret,
    pub(super) as_of: Revision,
    /// How old what it rests on is, where that is older than it should be.
    pub(super) stale: Option<Duration>,
}

/// How to go on.
pub(super) enum Next {
    /// This token is needed too.
    Ask(TokenId),
    /// The chain is whole.
    Complete,
}

const _: () = assert!(DERIVATION_DEPTH_MAX == 6, "`with_facts` lays out six links");

impl Chain {
    pub(super) fn new(as_of: Revision) -> Self {
        Self { links: SmallVec::new(), secret: WhichSecret::Current, as_of, stale: None }
    }
    /// Takes in the next token. The first must be what `proof` says and of the organisation `within`; an ancestor must exist.
    pub(super) fn take(&mut self, found: Option<Known>, proof: &Proof, within: Option<OrganisationId>) -> Result<Next, Denial> {
        if self.links.is_empty() {
            self.secret = proof.verify(found.as_ref())?;
            let is_foreign = |known: &Known| within.is_some_and(|own| own != known.policy().organisation);
            if found.as_ref().is_none_or(is_foreign) {
                return Err(Denial::Unknown);
            }
        }
        let known = found.ok_or(Denial::ParentDead)?;
        let parent = known.policy().parent;
        self.links.push(known);
        match parent {
            Some(_) if self.links.len() >= DERIVATION_DEPTH_MAX => Err(Denial::ParentDead),
            Some(parent) => Ok(Next::Ask(parent)),
            None => Ok(Next::Complete),
        }
    }
    /// The presented token.
    pub(super) fn leaf(&self) -> Option<&Known> {
        self.links.first()
    }
    pub(super) fn into_leaf(self) -> Option<Known> {
        self.links.into_iter().next()
    }
    /// What the presented token may do, and what those may that it was derived from.
    pub(super) fn policies(&self) -> impl Iterator<Item = &Policy> {
        self.links.iter().map(|known| &**known.policy())
    }
    /// Hands the facts of the whole chain to `then`.
    pub(super) fn with_facts<R>(&self, then: impl FnOnce(&Facts<'_>) -> Result<R, Denial>) -> Result<R, Denial> {
        let leaf = self.leaf().ok_or(Denial::Unknown)?;
        if self.links.len() == 1 {
            return then(&leaf.facts(self.secret, None));
        }
        let sixth = self.ancestor(5, None);
        let fifth = self.ancestor(4, sixth.as_ref());
        let fourth = self.ancestor(3, fifth.as_ref());
        let third = self.ancestor(2, fourth.as_ref());
        let second = self.ancestor(1, third.as_ref());
        then(&leaf.facts(self.secret, second.as_ref()))
    }
    fn ancestor<'c>(&'c self, at: usize, above: Option<&'c Facts<'c>>) -> Option<Facts<'c>> {
        self.links.get(at).map(|known| known.facts(WhichSecret::Current, above))
    }
    /// The tokens of the chain that have limits.
    pub(super) fn limited(&self) -> impl Iterator<Item = Link<'_>> {
        self.links.iter().zip(0u8..).filter(|(known, _)| !known.policy().allowances.is_empty()).map(|(known, depth)| Link {
            payer: Payer::Token(known.id()),
            below: self.leaf().map(Known::id).filter(|_| depth > 0),
            allowances: &known.policy().allowances,
            counted: Counted::Alone(depth),
            is_lenient: known.policy().allowances.on_unavailable == OnUnavailable::Allow,
        })
    }
}
