//! The check: one function that every way into Jeton uses. Finds what is known of the credential, works out what the call
//! demands, lets the core decide, spends the limits, and tells whoever counts.

mod chain;
mod gather;
mod introspect;
mod judge;
mod limits_shared;
mod outcome;
mod proof;
mod question;
mod secret;
mod signed;
mod told;

pub use introspect::Introspected;
use outcome::Truth;
pub use outcome::{Passed, Refused, TokenView, WantedSignIn};
pub use question::Question;
pub use secret::ProvenSecret;

use crate::{
    catalogue::Directory,
    dpop::Replays,
    lookup::{Around, Lookups},
    memory::Memory,
    metering::Meters,
    port::{Clock, TokenSource, UsageSink},
    settings::Settings,
    spend::{Lessee, Spender},
};
use arc_swap::{ArcSwap, ArcSwapOption};
use chain::Chain;
use jeton_core::{
    binding::Presented,
    denial::{Denial, JwtFault},
    id::TokenId,
    jose::looks_like_jwt,
    limits,
    timestamp::Timestamp,
};
use judge::{Judged, Place, Turned};
use limits_shared::Missing;
use proof::Proof;
use signed::Jwts;
use std::sync::Arc;

/// What a gate is given by the program.
pub struct Ports {
    /// Where tokens are looked up.
    pub source: Arc<dyn TokenSource>,
    /// Where use goes.
    pub usage: Arc<dyn UsageSink>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// The gate. Cheap to clone; all clones share one memory.
#[derive(Clone)]
pub struct Gate {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    around: Around,
    directory: ArcSwap<Directory>,
    jwts: Jwts,
    spender: Arc<Spender>,
    /// Who asks the ledger, while limits are shared.
    lessee: ArcSwapOption<Lessee>,
    replays: Replays,
    usage: Arc<dyn UsageSink>,
}

/// What a chain of tokens came to: none where the credential was refused before one was recognised.
type Gathered = Result<Chain, Denial>;

impl Gate {
    /// A gate that knows nothing yet: until [`Gate::reached`] is called it asks the source for each request.
    pub fn new(settings: Settings, ports: Ports) -> Self {
        let base = ports.clock.instant();
        let around = Around {
            memory: Arc::new(Memory::new(settings.memory_tokens, settings.unknown_life, base)),
            source: ports.source,
            clock: ports.clock,
            meters: Arc::new(Meters::new()),
            lookups: Arc::new(Lookups::new(settings.lookups_at_once, settings.lookup_deadline)),
        };
        let inner = Inner {
            jwts: Jwts::new(settings.seen_jwts),
            settings,
            around,
            directory: ArcSwap::from_pointee(Directory::default()),
            spender: Arc::new(Spender::new(limits::SPENDERS_MAX)),
            lessee: ArcSwapOption::empty(),
            replays: Replays::new(limits::DPOP_REPLAYS_MAX),
            usage: ports.usage,
        };
        Self { inner: Arc::new(inner) }
    }
    /// Decides. Answers at once, without waiting and without an allocation, where the memory has what it needs.
    pub async fn check(&self, question: &Question<'_>) -> Result<Passed, Refused> {
        match self.check_now(question) {
            Some(outcome) => outcome,
            None => Box::pin(self.check_slowly(question)).await,
        }
    }
    /// Decides from memory alone; `None` when the source must be asked.
    pub fn check_now(&self, question: &Question<'_>) -> Option<Result<Passed, Refused>> {
        // Before anything is read: keys that a JWT is verified with must be as new as the rest.
        if self.is_behind(question) {
            return None;
        }
        let mut afresh = false;
        let gathered = loop {
            match self.prove(question, afresh) {
                Err(denial) => break Err(denial),
                Ok(proof) => match self.gather_now(question, &proof)? {
                    Err(denial) if !afresh && differs(&proof, denial) => afresh = true,
                    gathered => break self.recognise(&proof, gathered),
                },
            }
        };
        self.conclude(question, gathered, None)
    }
    /// What [`Gate::check`] would say of the token with this id, its secret not asked for. Spends nothing and counts nothing:
    /// for owners who ask in advance. The question's credential is not looked at.
    pub async fn explain(&self, id: TokenId, question: &Question<'_>) -> Result<(), Denial> {
        let gathered = match self.gather_now(question, &Proof::Named(id)) {
            Some(gathered) => gathered,
            None => self.gather(question, &Proof::Named(id)).await,
        };
        let directory = self.inner.directory.load();
        let chain = gathered?;
        // Nobody presents anything: the owner of a bound token is taken to have its key.
        let presented = Presented::by_holder_of(chain.leaf().and_then(|leaf| leaf.policy().binding));
        self.decide(question, &Place::of(&directory, question), &chain, presented, self.now()).map(|_| ())
    }

    async fn check_slowly(&self, question: &Question<'_>) -> Result<Passed, Refused> {
        let mut missing = Missing::begin(self.inner.around.clock.instant());
        loop {
            // After waiting for units, all over again: the token may have been revoked meanwhile.
            let gathered = self.gather_slowly(question).await;
            if let Some(outcome) = self.conclude(question, gathered, Some(&mut missing)) {
                return outcome;
            }
            self.lease(&mut missing).await;
        }
    }
    async fn gather_slowly(&self, question: &Question<'_>) -> Gathered {
        self.await_revision(question).await.map_err(Denial::Unavailable)?;
        let mut afresh = false;
        loop {
            let proof = self.prove(question, afresh)?;
            match self.gather(question, &proof).await {
                Err(denial) if !afresh && differs(&proof, denial) => afresh = true,
                gathered => return self.recognise(&proof, gathered),
            }
        }
    }
    /// Reads the credential; a JWT is verified, `afresh` or as it was found before.
    fn prove(&self, question: &Question<'_>, afresh: bool) -> Result<Proof, Denial> {
        let credential = question.credential?;
        let text = credential.as_bytes();
        if !looks_like_jwt(text) {
            return Proof::of_opaque(text);
        }
        self.inner.jwts.verify(text, &self.inner.settings.issuer, self.now(), afresh).map(Proof::Signed)
    }
    /// Remembers a JWT whose record was found and agrees with it.
    fn recognise(&self, proof: &Proof, gathered: Gathered) -> Gathered {
        if let (Proof::Signed(signed), Ok(chain)) = (proof, &gathered)
            && let Some(leaf) = chain.leaf()
        {
            self.inner.jwts.remember(signed, leaf, self.now());
        }
        gathered
    }

    /// What it counts.
    pub(crate) fn meters(&self) -> &Meters {
        &self.inner.around.meters
    }
    /// The time that this gate decides by.
    pub fn now(&self) -> Timestamp {
        self.inner.around.clock.now()
    }
    /// Judges what was gathered, tells the sink, and makes the answer; `None` where the ledger of limits must be asked first.
    fn conclude(&self, question: &Question<'_>, gathered: Gathered, missing: Option<&mut Missing>) -> Option<Result<Passed, Refused>> {
        let now = self.now();
        let directory = self.inner.directory.load();
        let place = Place::of(&directory, question);
        // A proof is looked at whether its token is known or not, so that what is said of it tells nothing of the token.
        let judged = match (self.possession(question, now), &gathered) {
            (Err(denial), _) => Err(Turned::from(denial)),
            (Ok(_), Err(denial)) => Err(Turned::from(*denial)),
            (Ok(possession), Ok(chain)) => self.judge(question, &place, chain, &possession, now, missing)?,
        };
        let chain = gathered.ok();
        let (as_of, stale) = chain.as_ref().map(|chain| (chain.as_of, chain.stale)).unwrap_or_default();
        Some(match judged {
            Err(turned) => Err(self.refuse(question, &place, turned, chain, now)),
            Ok(judged) => match chain.and_then(Chain::into_leaf) {
                Some(leaf) => Ok(self.pass(question, &place, judged, leaf, Truth { as_of, stale }, now)),
                None => Err(self.refuse(question, &place, Turned::from(Denial::Unknown), None, now)),
            },
        })
    }
}

/// Whether a JWT that was verified before no longer fits its record, which has changed since: it must be verified again.
fn differs(proof: &Proof, denial: Denial) -> bool {
    denial == Denial::BadJwt(JwtFault::Differs) && matches!(proof, Proof::Signed(signed) if signed.was_seen())
}

#[cfg(test)]
mod tests;
