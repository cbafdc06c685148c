//! Holds what was found of a token against what the call demands, and spends its limits. The core alone decides: nothing here lets
//! anything pass that it refused.

use super::{Chain, Gate, Question, limits_shared::Missing};
use crate::{
    catalogue::{Directory, Listing, Ruling},
    credential::Scheme,
    dpop::{self, Proved},
    spend::{Bill, LINKS, LimitsReport, Link, Outcome},
};
use jeton_core::{
    binding::Presented,
    decide::{Permit, decide},
    demand::{Call, Demand},
    denial::{Denial, Unavailable},
    kind::TokenKind,
    limits,
    policy::Policy,
    scope::Scope,
    timestamp::Timestamp,
};

/// What a decision in favour rests on.
pub(super) struct Judged {
    pub(super) permit: Permit,
    pub(super) limits: LimitsReport,
    pub(super) next_nonce: Option<Box<str>>,
}

/// What the caller proved to hold.
pub(super) struct Possession {
    pub(super) presented: Presented,
    /// The proof that is used up by a permit.
    pub(super) proved: Option<Proved>,
}

/// A refusal on its way out.
pub(super) struct Turned {
    pub(super) denial: Denial,
    pub(super) limits: LimitsReport,
}

/// Where a question falls in the catalogue.
pub(super) struct Place<'a> {
    pub(super) listing: Option<&'a Listing>,
    pub(super) call: Option<Call<'a>>,
    pub(super) ruling: Option<Ruling<'a>>,
    /// The route, as it is counted under.
    pub(super) label: &'a str,
}

impl Gate {
    /// Lets the core decide on what the question and the catalogue demand.
    pub(super) fn decide(
        &self,
        question: &Question<'_>,
        place: &Place<'_>,
        chain: &Chain,
        presented: Presented,
        now: Timestamp,
    ) -> Result<Permit, Denial> {
        let leaf = chain.leaf().ok_or(Denial::Unknown)?;
        let is_shared = self.inner.settings.shared_audience.as_deref() == question.audience;
        // An audience that changed hands is not opened by the tokens of its former owner.
        if place.listing.is_some_and(|listing| !is_shared && listing.api.organisation != leaf.policy().organisation) {
            return Err(Denial::WrongAudience);
        }
        if !is_shared && question.audience.is_some() && self.guards(chain) {
            return Err(Denial::WrongAudience);
        }
        // What all organisations share is the management interface, whose handlers say what they demand: no list of routes may
        // shut out the call that would mend it.
        let undeclared = !is_shared && !question.open && place.is_undeclared();
        let is_publishable = leaf.policy().kind == TokenKind::Pub;
        let public = |scopes: &[Scope]| is_publishable && place.listing.is_some_and(|listing| listing.are_public(scopes));
        let (first, second) = match place.ruling {
            _ if question.open => (question.scopes, None),
            Some(ruling) if question.scopes.is_empty() => (ruling.scopes, None),
            Some(ruling) => (question.scopes, Some(ruling.scopes)),
            None => (question.scopes, None),
        };
        chain.with_facts(|facts| {
            let sign_in = place.ruling.map(|ruling| ruling.sign_in).unwrap_or_default();
            let demand = |scopes| Demand { scopes, scopes_public: public(scopes), undeclared, sign_in, ..question.demand(presented) };
            let permit = decide(facts, &demand(first), now)?;
            second.map_or(Ok(permit), |scopes| decide(facts, &demand(scopes), now))
        })
    }
    /// Whether a token, or one that it was derived from, is a gate's: the APIs that it names are those that it guards, and open to
    /// whoever calls them with a token of their own.
    fn guards(&self, chain: &Chain) -> bool {
        let settings = &self.inner.settings;
        let (Some(shared), Some(scope)) = (settings.shared_audience.as_deref(), &settings.guard_scope) else { return false };
        let is_gates = |policy: &Policy| {
            policy.audiences.len() > 1 && policy.audiences.iter().any(|own| own.as_str() == shared) && policy.scopes.covers(scope)
        };
        chain.policies().any(is_gates)
    }
    /// `None` where the ledger of limits must be asked first; then nothing is used up.
    pub(super) fn judge(
        &self,
        question: &Question<'_>,
        place: &Place<'_>,
        chain: &Chain,
        possession: &Possession,
        now: Timestamp,
        missing: Option<&mut Missing>,
    ) -> Option<Result<Judged, Turned>> {
        let permit = match self.decide(question, place, chain, possession.presented, now) {
            Ok(permit) => permit,
            Err(denial) => return Some(Err(Turned::from(denial))),
        };
        // Only a proof by the key of a token that may pass takes up room, so that nobody fills the memory with keys of his own.
        let use_up = || {
            let proved = possession.proved.as_ref();
            proved.map_or(Ok(()), |proved| self.inner.replays.use_up(&proved.thumbprint, &proved.jti, proved.until, now))
        };
        if question.cost > limits::COST_MAX {
            return Some(Err(Turned::from(Denial::Unavailable(Unavailable::Limit))));
        }
        let next_nonce = || possession.proved.as_ref().and_then(|proved| proved.next_nonce.clone());
        let Some(links) = links(place, chain) else {
            let judged = |()| Judged { permit, limits: LimitsReport::default(), next_nonce: next_nonce() };
            return Some(use_up().map(judged).map_err(Turned::from));
        };
        let cost = question.cost.saturating_mul(place.ruling.map_or(1, |ruling| ruling.cost));
        let bill = Bill { cost, now, is_cut_off: missing.as_ref().is_some_and(|missing| missing.is_cut_off) };
        let wants = missing.map(|missing| &mut missing.asks);
        Some(match self.inner.spender.spend(&links, &bill, &*self.inner.around.clock, wants, use_up) {
            Outcome::Short => return None,
            Outcome::Spent(limits) => Ok(Judged { permit, limits, next_nonce: next_nonce() }),
            Outcome::Exhausted(exhausted) => Err(Turned { denial: exhausted.denial, limits: exhausted.report }),
        })
    }
    /// What the caller proves to hold besides the token. Verifies the proof of a token that came with the scheme `DPoP`; one that
    /// came without is not looked at.
    pub(super) fn possession(&self, question: &Question<'_>, now: Timestamp) -> Result<Possession, Denial> {
        let certificate = question.certificate;
        match question.credential {
            Ok(credential) if credential.scheme() == Scheme::Dpop => {
                let nonces = self.inner.settings.dpop_nonce.as_ref();
                let proved = dpop::verify(&question.offered, credential.as_bytes(), nonces, now)?;
                let presented = Presented { dpop: Some(proved.thumbprint), certificate };
                Ok(Possession { presented, proved: Some(proved) })
            }
            _ => Ok(Possession { presented: Presented { dpop: None, certificate }, proved: None }),
        }
    }
}

/// All that a call spends: the limits of its tokens, then those of the API and the route. `None` where there are none.
fn links<'a>(place: &Place<'a>, chain: &'a Chain) -> Option<[Option<Link<'a>>; LINKS]> {
    let together = place.listing.zip(chain.leaf()).map(|(listing, leaf)| listing.spent(place.ruling, leaf));
    let mut all = chain.limited().chain(together.into_iter().flatten()).peekable();
    all.peek()?;
    let mut links = [const { None }; LINKS];
    links.iter_mut().zip(all).for_each(|(slot, link)| *slot = Some(link));
    Some(links)
}

impl<'a> Place<'a> {
    pub(super) fn of(directory: &'a Directory, question: &Question<'a>) -> Self {
        let listing = question.audience.and_then(|audience| directory.find(audience));
        let ruling = question.call.and_then(|call| listing.and_then(|listing| listing.ruling(call)));
        let label = question.route.or(ruling.map(|ruling| ruling.label)).unwrap_or("-");
        Self { listing, call: question.call, ruling, label }
    }
    /// Whether the API declares routes and none of them covers the call.
    fn is_undeclared(&self) -> bool {
        self.ruling.is_none() && self.call.is_some() && self.listing.is_some_and(|listing| !listing.api.routes.is_empty())
    }
}

impl From<Denial> for Turned {
    fn from(denial: Denial) -> Self {
        Self { denial, limits: LimitsReport::default() }
    }
}
