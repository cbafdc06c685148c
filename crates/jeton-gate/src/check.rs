//! The check: one function that every way into Jeton uses. Finds what is known of the credential, works out what the call
//! demands, lets the core decide, spends the limits, and tells whoever counts.

mod chain;
mod introspect;
mod limits_shared;
mod outcome;
mod proof;
mod question;
mod secret;
mod signed;

pub use introspect::Introspected;
use outcome::Truth;
pub use outcome::{Passed, Refused, TokenView, WantedSignIn};
pub use question::Question;
pub use secret::ProvenSecret;

use crate::{
    catalogue::{Directory, Listing, Ruling},
    credential::Scheme,
    dpop::{self, Proved, Replays},
    lookup::{Answered, Around, Lookups, Wanted},
    memory::{IdScan, Known, Memory, Recall},
    metering::Meters,
    port::{Catalogue, Clock, TokenSource, UsageSink},
    settings::Settings,
    spend::{Bill, LINKS, Lessee, LimitsReport, Link, Outcome, QuotaUse, Spender},
};
use arc_swap::{ArcSwap, ArcSwapOption};
use chain::{Chain, Next};
use jeton_core::{
    api::Api,
    binding::Presented,
    change::{Change, Revision},
    decide::{Permit, decide},
    demand::{Call, Demand},
    denial::{Denial, JwtFault, Unavailable},
    facts::TokenRecord,
    id::{ApiId, OrganisationId, TokenId},
    jose::{KeySet, looks_like_jwt},
    kind::TokenKind,
    limits,
    scope::Scope,
    timestamp::Timestamp,
};
use limits_shared::Missing;
use proof::Proof;
use signed::Jwts;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

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

/// What a decision in favour rests on.
struct Judged {
    permit: Permit,
    limits: LimitsReport,
    next_nonce: Option<Box<str>>,
}

/// What the caller proved to hold.
struct Possession {
    presented: Presented,
    /// The proof that is used up by a permit.
    proved: Option<Proved>,
}

/// A refusal on its way out.
struct Turned {
    denial: Denial,
    limits: LimitsReport,
}

/// Where a question falls in the catalogue.
struct Place<'a> {
    listing: Option<&'a Listing>,
    call: Option<Call<'a>>,
    ruling: Option<Ruling<'a>>,
    /// The route, as it is counted under.
    label: &'a str,
}

/// What was found of one token.
struct Found {
    known: Option<Known>,
    /// The place in the change log that this is true at.
    as_of: Revision,
    /// How long ago that was known to be the newest, where it is longer than it should be.
    stale: Option<Duration>,
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

    /// Follows the chain of tokens in memory; `None` when a look-up is needed.
    fn gather_now(&self, question: &Question<'_>, proof: &Proof) -> Option<Gathered> {
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
    async fn gather(&self, question: &Question<'_>, proof: &Proof) -> Gathered {
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
    fn is_behind(&self, question: &Question<'_>) -> bool {
        question.min_revision.is_some_and(|wanted| self.inner.around.memory.freshness.applied() < wanted)
    }
    /// Waits until APIs and keys are as new as the question demands, where it needs any. They come with the change log alone;
    /// a token can be asked for, and is. A credential that is none by its shape is not waited for.
    async fn await_revision(&self, question: &Question<'_>) -> Result<(), Unavailable> {
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
    /// The time that this gate decides by.
    pub fn now(&self) -> Timestamp {
        self.inner.around.clock.now()
    }

    /// Lets the core decide on what the question and the catalogue demand.
    fn decide(
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
    /// `None` where the ledger of limits must be asked first; then nothing is used up.
    fn judge(
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
        let links = links(place, chain);
        if links.iter().all(Option::is_none) {
            let judged = |()| Judged { permit, limits: LimitsReport::default(), next_nonce: next_nonce() };
            return Some(use_up().map(judged).map_err(Turned::from));
        }
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
    fn possession(&self, question: &Question<'_>, now: Timestamp) -> Result<Possession, Denial> {
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

/// All that a call spends: the limits of its tokens, then those of the API and the route.
fn links<'a>(place: &Place<'a>, chain: &'a Chain) -> [Option<Link<'a>>; LINKS] {
    let together = place.listing.zip(chain.leaf()).map(|(listing, leaf)| listing.spent(place.ruling, leaf));
    let mut links = [const { None }; LINKS];
    let all = chain.limited().chain(together.into_iter().flatten());
    links.iter_mut().zip(all).for_each(|(slot, link)| *slot = Some(link));
    links
}

impl<'a> Place<'a> {
    fn of(directory: &'a Directory, question: &Question<'a>) -> Self {
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

/// Whether a JWT that was verified before no longer fits its record, which has changed since: it must be verified again.
fn differs(proof: &Proof, denial: Denial) -> bool {
    denial == Denial::BadJwt(JwtFault::Differs) && matches!(proof, Proof::Signed(signed) if signed.was_seen())
}

/// What the program tells a gate.
impl Gate {
    /// Forgets what changes touched. To be called with the changes of this process after their commit and before their maker
    /// is answered, and with those of others as the change log brings them. Changes of APIs and of signing keys ask the
    /// program to load these again: [`Gate::set_catalogue`], [`Gate::set_keys`].
    pub fn apply(&self, changes: &[Change]) {
        self.inner.around.memory.apply(changes, self.now());
    }
    /// The change log was read to its end at the instant `at`, and everything up to `head` was applied, catalogue and keys
    /// included. To be called at each look into the log, whether it brought a change or not: from then on the memory is
    /// trusted for [`Settings::max_staleness`]. `at` is taken before the log is read.
    pub fn reached(&self, head: Revision, at: Instant) {
        self.inner.around.memory.freshness.reached(head, at);
    }
    /// Whether the memory is trusted at present: the change log was read to its end not too long ago.
    pub fn is_fresh(&self) -> bool {
        self.age().is_some_and(|age| age <= self.inner.settings.max_staleness)
    }
    /// How long ago the memory was known to be up to date; `None` when it never was.
    pub fn age(&self) -> Option<Duration> {
        self.inner.around.memory.freshness.age(self.inner.around.clock.instant())
    }
    /// Up to which change this gate is true.
    pub fn applied(&self) -> Revision {
        self.inner.around.memory.freshness.applied()
    }
    /// Puts tokens into memory that were read at `as_of`, such as at a start; says how many were kept.
    pub fn remember(&self, records: &[TokenRecord], as_of: Revision) -> usize {
        self.inner.around.memory.fill_many(records, as_of, self.now())
    }
    /// How many tokens are in memory.
    pub fn held(&self) -> usize {
        self.inner.around.memory.held()
    }
    /// Hands over every token in memory, a part of them at a time, such as to keep them across a restart. What is handed over was
    /// true at [`Gate::applied`], read before, or later.
    pub fn each_held(&self, mut take: impl FnMut(&TokenRecord)) {
        self.inner.around.memory.each_held(|known| {
            if let Some(record) = known.to_record() {
                take(&record);
            }
        });
    }
    /// Begins a scan of all token ids, about `expected` of them; see [`IdScan`]. Begin it before the ids are read.
    pub fn scan_ids(&self, expected: usize) -> IdScan<'_> {
        self.inner.around.memory.scan(expected)
    }
    /// Whether made-up ids are refused without a look-up. Where not, a scan is due.
    pub fn knows_ids(&self) -> bool {
        self.inner.around.memory.knows_ids()
    }
    /// Replaces the catalogue of APIs.
    pub fn set_catalogue(&self, catalogue: Catalogue) {
        self.inner.directory.store(Arc::new(Directory::new(catalogue)));
    }
    /// Replaces the keys that verify JWTs of this system. Where a key is gone, JWTs that it verified are forgotten.
    pub fn set_keys(&self, keys: KeySet) {
        self.inner.jwts.set_keys(keys);
    }
    /// The API with this audience.
    pub fn api(&self, audience: &str) -> Option<Arc<Api>> {
        self.inner.directory.load().find(audience).map(|listing| Arc::clone(&listing.api))
    }
    /// The APIs of an organisation, by audience.
    pub fn apis_of(&self, organisation: OrganisationId) -> Vec<Arc<Api>> {
        let directory = self.inner.directory.load();
        let mut apis: Vec<Arc<Api>> = directory.apis().filter(|api| api.organisation == organisation).map(Arc::clone).collect();
        apis.sort_by(|a, b| a.audience.cmp(&b.audience));
        apis
    }
    /// The API of this id.
    pub fn api_of(&self, id: ApiId) -> Option<Arc<Api>> {
        self.inner.directory.load().find_id(id).map(|listing| Arc::clone(&listing.api))
    }
    /// What was spent of running quotas, to be kept across a restart. Of shared ones the ledger knows.
    pub fn quotas(&self) -> Vec<QuotaUse> {
        self.inner.spender.quotas(self.now())
    }
    /// Takes back what [`Gate::quotas`] gave.
    pub fn restore_quotas(&self, uses: &[QuotaUse]) {
        self.inner.spender.restore(uses);
    }
    /// Brings the gauges up to date; to be called before metrics are rendered.
    pub fn observe(&self) {
        let around = &self.inner.around;
        let as_f64 = |count: usize| u32::try_from(count).map_or(f64::from(u32::MAX), f64::from);
        around.meters.memory.set(as_f64(around.memory.held()));
        around.meters.unknown.set(as_f64(around.memory.unknown_held()));
        around.meters.seen_jwts.set(as_f64(self.inner.jwts.len()));
        around.meters.spenders.set(as_f64(self.inner.spender.len()));
        around.meters.leased.set(as_f64(self.inner.spender.leased()));
        around.meters.replays.set(as_f64(self.inner.replays.len()));
        let age = around.memory.freshness.age(around.clock.instant());
        around.meters.staleness.set(age.map_or(f64::INFINITY, |age| age.as_secs_f64()));
        around.meters.revision.set(as_f64(usize::try_from(self.applied().0).unwrap_or(usize::MAX)));
    }
    /// What this gate was made with.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }
}

#[cfg(test)]
mod tests;
