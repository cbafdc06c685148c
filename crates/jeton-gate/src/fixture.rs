//! What the tests of this crate share: tokens, a source that can be slow or broken, a clock that is moved by hand.

use crate::{
    Gate, Ports,
    credential::Credential,
    port::{Answering, Catalogue, Clock, Loaded, SourceFault, TokenSource, UsageSink},
    settings::Settings,
};
use jeton_core::{
    allowance::Allowances,
    change::{Change, Changed, Revision},
    facts::{Secrets, TokenRecord, TokenState},
    id::{OrganisationId, TokenId},
    kind::{TokenFormat, TokenKind},
    name::{Audience, Subject},
    network::Networks,
    policy::Policy,
    scope::ScopeSet,
    timestamp::{Span, Timestamp},
    token_text::PlainToken,
    usage::UsageEvent,
};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::watch;

pub(crate) const AUDIENCE: &str = "https://api.example.com";
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

pub(crate) fn organisation() -> OrganisationId {
    OrganisationId::from_random([1; 16])
}

pub(crate) fn policy(number: u32) -> Policy {
    Policy {
        organisation: organisation(),
        project: None,
        kind: TokenKind::Pat,
        format: TokenFormat::Opaque,
        client_id: Some(format!("client-{number}").into()),
        parent: None,
        binding: None,
        exchanged: false,
        signed_by: None,
        authentication: None,
        audiences: vec![Audience::parse(AUDIENCE).expect("audience")],
        scopes: ScopeSet::parse_list(&["orders:read"]).expect("scopes"),
        networks: Networks::default(),
        routes: Vec::new(),
        allowances: Allowances::default(),
    }
}

pub(crate) fn id(number: u64) -> TokenId {
    TokenId::from_random((u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)).to_be_bytes())
}

pub(crate) fn plain(number: u64) -> PlainToken {
    let mut secret = [7; 32];
    secret[..8].copy_from_slice(&number.to_be_bytes());
    PlainToken::from_random(None, TokenKind::Pat, id(number), &secret)
}

pub(crate) fn record(number: u64) -> TokenRecord {
    TokenRecord {
        id: id(number),
        secrets: Secrets { current: plain(number).digest(), previous: None },
        subject: Subject::parse(&format!("usr_{number:012}")).expect("subject"),
        state: TokenState::Active,
        not_before: None,
        expires_at: Some(NOW.plus(Span::from_days(30))),
        policy: Arc::new(policy(0)),
    }
}

pub(crate) fn credential(plain: &PlainToken) -> Credential<'_> {
    Credential::from_text(plain.expose()).expect("credential")
}

/// Tokens in a map, with what can go wrong.
pub(crate) struct FakeSource {
    tokens: Mutex<HashMap<TokenId, TokenRecord>>,
    revision: AtomicU64,
    pub(crate) asked: AtomicUsize,
    pub(crate) broken: AtomicBool,
    pub(crate) tampered: AtomicBool,
    /// While `true`, every look-up waits after it has read.
    pub(crate) held: watch::Sender<bool>,
}

impl FakeSource {
    fn new() -> Self {
        Self {
            tokens: Mutex::default(),
            revision: AtomicU64::new(0),
            asked: AtomicUsize::new(0),
            broken: AtomicBool::new(false),
            tampered: AtomicBool::new(false),
            held: watch::Sender::new(false),
        }
    }
    /// Commits a token, and gives the change that it made.
    pub(crate) fn commit(&self, record: TokenRecord) -> Change {
        let mut tokens = self.tokens.lock();
        let what = Changed::Token(record.id);
        tokens.insert(record.id, record);
        let revision = Revision(self.revision.fetch_add(1, Ordering::SeqCst) + 1);
        Change { revision, at: NOW, what }
    }
    pub(crate) fn commit_state(&self, id: TokenId, state: TokenState) -> Change {
        let mut record = self.record(id).expect("a token");
        record.state = state;
        self.commit(record)
    }
    pub(crate) fn record(&self, id: TokenId) -> Option<TokenRecord> {
        self.tokens.lock().get(&id).cloned()
    }
    pub(crate) fn ids(&self) -> Vec<TokenId> {
        self.tokens.lock().keys().copied().collect()
    }
    pub(crate) fn head(&self) -> Revision {
        Revision(self.revision.load(Ordering::SeqCst))
    }
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl TokenSource for FakeSource {
    fn find(&self, id: TokenId) -> Answering<'_, Result<Loaded, SourceFault>> {
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::SeqCst);
            let loaded = Loaded { as_of: self.head(), record: self.record(id) };
            let mut held = self.held.subscribe();
            held.wait_for(|held| !held).await.expect("the source lives");
            match (self.broken.load(Ordering::SeqCst), self.tampered.load(Ordering::SeqCst)) {
                (true, _) => Err(SourceFault::Unavailable),
                (_, true) => Err(SourceFault::Tampered),
                (false, false) => Ok(loaded),
            }
        })
    }
}

/// One recorded use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) outcome: &'static str,
    pub(crate) token: Option<TokenId>,
    pub(crate) route: String,
    pub(crate) cause: Option<String>,
    pub(crate) user_agent: Option<String>,
}

#[derive(Default)]
pub(crate) struct Uses(Mutex<Vec<Use>>);

impl Uses {
    pub(crate) fn take(&self) -> Vec<Use> {
        std::mem::take(&mut *self.0.lock())
    }
}

impl UsageSink for Uses {
    fn record(&self, event: &UsageEvent<'_>) {
        self.0.lock().push(Use {
            outcome: event.outcome,
            token: event.token,
            route: event.route.to_owned(),
            cause: event.refusal.map(|refusal| refusal.cause.to_owned()),
            user_agent: event.user_agent.map(str::to_owned),
        });
    }
}

/// Counts nothing, for tests that count allocations.
pub(crate) struct NoUses;

impl UsageSink for NoUses {
    fn record(&self, _: &UsageEvent<'_>) {}
}

/// A clock that is moved by hand.
pub(crate) struct HandClock {
    base: Instant,
    wall: AtomicI64,
    elapsed: AtomicU64,
}

impl HandClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.wall.fetch_add(i64::try_from(by.as_micros()).expect("short"), Ordering::SeqCst);
        self.elapsed.fetch_add(u64::try_from(by.as_nanos()).expect("short"), Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.wall.load(Ordering::SeqCst))
    }
    fn instant(&self) -> Instant {
        self.base + Duration::from_nanos(self.elapsed.load(Ordering::SeqCst))
    }
}

/// A gate with everything around it.
pub(crate) struct World {
    pub(crate) gate: Gate,
    pub(crate) source: Arc<FakeSource>,
    pub(crate) uses: Arc<Uses>,
    pub(crate) clock: Arc<HandClock>,
}

impl World {
    pub(crate) fn new(settings: Settings) -> Self {
        let uses = Arc::new(Uses::default());
        Self::with_usage(settings, uses.clone(), uses)
    }
    pub(crate) fn with_usage(settings: Settings, usage: Arc<dyn UsageSink>, uses: Arc<Uses>) -> Self {
        let source = Arc::new(FakeSource::new());
        let clock = Arc::new(HandClock { base: Instant::now(), wall: AtomicI64::new(NOW.as_micros()), elapsed: AtomicU64::new(0) });
        let ports = Ports { source: source.clone(), usage, clock: clock.clone() };
        Self { gate: Gate::new(settings, ports), source, uses, clock }
    }
    /// A gate that is up to date.
    pub(crate) fn fresh() -> Self {
        let world = Self::new(Settings { memory_tokens: 4096, ..Settings::default() });
        world.follow();
        world
    }
    /// The follower looked into the log and found nothing that was not applied.
    pub(crate) fn follow(&self) {
        self.gate.reached(self.source.head(), self.clock.instant());
    }
    /// Commits, tells the gate, and follows: what a local write does.
    pub(crate) fn issue(&self, record: TokenRecord) {
        let change = self.source.commit(record);
        self.gate.apply(&[change]);
        self.follow();
    }
    pub(crate) fn set_state(&self, id: TokenId, state: TokenState) {
        let change = self.source.commit_state(id, state);
        self.gate.apply(&[change]);
        self.follow();
    }
    pub(crate) fn scan(&self) {
        let scan = self.gate.scan_ids(self.source.ids().len());
        scan.add(self.source.ids());
        scan.finish();
    }
    pub(crate) fn set_api(&self, api: jeton_core::api::Api) {
        self.gate.set_catalogue(Catalogue { apis: vec![Arc::new(api)] });
    }
}
