//! Introspection: what a presented token is worth now, told to whoever is entitled to ask (RFC 7662). The same memory, the same
//! bounds and the same decision as in every check; but nobody calls an API with it here, so that it opens nothing.
//!
//! Spends no limit and needs no proof of possession: whoever asks is told what the token is bound to, and has to demand that.

use super::{Chain, Gate, Place, Question, TokenView, differs, outcome};
use jeton_core::{
    binding::Presented, decide, denial::Denial, facts::WhichSecret, kind::TokenKind, limits, timestamp::Timestamp, usage::UsageEvent,
};

/// A token that is good at present.
#[derive(Clone, Debug)]
pub struct Introspected {
    /// The token.
    pub token: TokenView,
    /// When it stops working by itself: its own end, that of an overlap, or that of what it hangs on.
    pub expires_at: Option<Timestamp>,
    secret: WhichSecret,
}

impl Gate {
    /// What `question.credential` is worth: a token that opens APIs, or a refresh token. The call that the question describes
    /// counts where the token is limited to some; an audience and scopes are not asked for.
    pub async fn introspect(&self, question: &Question<'_>) -> Result<Introspected, Denial> {
        let mut afresh = false;
        loop {
            let proof = self.prove(question, afresh)?;
            let gathered = match self.gather_now(question, &proof) {
                Some(gathered) => gathered,
                None => Box::pin(self.gather(question, &proof)).await,
            };
            match gathered {
                Err(denial) if !afresh && differs(&proof, denial) => afresh = true,
                gathered => return self.worth(question, self.recognise(&proof, gathered)?),
            }
        }
    }
    /// Counts the use of a token that was introspected, as if it had been checked here.
    pub fn count_introspected(&self, question: &Question<'_>, introspected: &Introspected) {
        self.inner.around.meters.decided("ok");
        let event = outcome::event(question, Some((introspected.token.id(), introspected.secret)), self.now());
        self.inner.usage.record(&UsageEvent { route: question.route.unwrap_or("-"), ..event });
    }
    fn worth(&self, question: &Question<'_>, chain: Chain) -> Result<Introspected, Denial> {
        let now = self.now();
        let (kind, binding) = chain.leaf().map(|leaf| (leaf.policy().kind, leaf.policy().binding)).ok_or(Denial::Unknown)?;
        if kind == TokenKind::Ort {
            chain.with_facts(|facts| decide::alive_at(facts, now))?;
        } else {
            let directory = self.inner.directory.load();
            self.decide(question, &Place::of(&directory, question), &chain, Presented::by_holder_of(binding), now)?;
        }
        let (secret, expires_at) = (chain.secret, chain.with_facts(|facts| Ok(end(facts)))?);
        let leaf = chain.into_leaf().ok_or(Denial::Unknown)?;
        Ok(Introspected { token: TokenView(leaf), expires_at, secret })
    }
}

/// The first end of a token and of all that it hangs on.
fn end(facts: &jeton_core::facts::Facts<'_>) -> Option<Timestamp> {
    let overlap = match facts.secret {
        WhichSecret::Previous { until } => Some(until),
        WhichSecret::Current => None,
    };
    let mut ends = [None; limits::DERIVATION_DEPTH_MAX];
    let mut next = Some(facts);
    for slot in &mut ends {
        *slot = next.and_then(|facts| facts.expires_at);
        next = next.and_then(|facts| facts.parent);
    }
    ends.into_iter().chain([overlap]).flatten().min()
}
