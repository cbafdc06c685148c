//! Secrets that open no API: who presents one proves to be its holder, and nothing is demanded of it besides. For endpoints that
//! tell clients by their secrets, with the same memory, the same bounds and the same work for unknown ones as in every check.

use super::{Gate, Proof, Question, outcome};
use jeton_core::{decide, denial::Denial, facts::WhichSecret, id::TokenId, kind::TokenKind, timestamp::Timestamp, usage::UsageEvent};

/// A secret that is live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvenSecret {
    /// The token whose secret it is.
    pub token: TokenId,
    /// Which of its secrets.
    pub secret: WhichSecret,
}

impl Gate {
    /// Tells whose secret `question.credential` is, of the tokens of this kind: current, or within its overlap. Nothing else of
    /// the question is looked at but where it came from. Its use is counted; a refusal is not, since nobody was recognised.
    pub async fn prove_secret(&self, question: &Question<'_>, kind: TokenKind) -> Result<ProvenSecret, Denial> {
        let proof = Proof::of_opaque(question.credential?.as_bytes())?;
        let gathered = match self.gather_now(question, &proof) {
            Some(gathered) => gathered,
            None => Box::pin(self.gather(question, &proof)).await,
        };
        let (chain, now) = (gathered?, self.now());
        let leaf = chain.leaf().filter(|leaf| leaf.policy().kind == kind).ok_or(Denial::Unknown)?;
        chain.with_facts(|facts| decide::alive_at(facts, now))?;
        let event = outcome::event(question, Some((leaf.id(), chain.secret)), now);
        self.inner.usage.record(&UsageEvent { route: question.route.unwrap_or("-"), ..event });
        Ok(ProvenSecret { token: leaf.id(), secret: chain.secret })
    }
    /// Uses up a proof of possession that was verified elsewhere: its key, its `jti`, and until when it would pass again. The same
    /// memory as for proofs that come with tokens.
    pub fn use_up_proof(&self, thumbprint: &[u8; 32], jti: &str, until: Timestamp) -> Result<(), Denial> {
        self.inner.replays.use_up(thumbprint, jti, until, self.now())
    }
}
