//! Seeded interleavings of look-ups, changes and checks: after a revocation is acknowledged nobody passes, and a live token is
//! never unknown.

use crate::{
    Gate, Ports, Question,
    clock::SystemClock,
    fixture::{NoUses, credential, plain, record},
    port::{Answering, Loaded, SourceFault, TokenSource},
    settings::Settings,
};
use jeton_core::{
    change::{Change, Changed, Revision},
    cut::{CutScope, CutWhat},
    denial::{Denial, Unavailable},
    facts::{TokenRecord, TokenState},
    id::TokenId,
    timestamp::Timestamp,
};
use parking_lot::Mutex;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

/// A store that dawdles between its steps, by the seed.
struct Dawdler {
    state: Mutex<State>,
    dice: Mutex<StdRng>,
}

#[derive(Default)]
struct State {
    tokens: HashMap<TokenId, TokenRecord>,
    revision: u64,
}

impl Dawdler {
    async fn dawdle(&self) {
        let steps = self.dice.lock().random_range(0..6);
        for _ in 0..steps {
            tokio::task::yield_now().await;
        }
    }
    fn commit(&self, record: TokenRecord) -> Change {
        let mut state = self.state.lock();
        state.revision += 1;
        let id = record.id;
        state.tokens.insert(id, record);
        Change { revision: Revision(state.revision), at: Timestamp::from_micros(0), what: Changed::Token(id) }
    }
}

impl TokenSource for Dawdler {
    fn find(&self, id: TokenId) -> Answering<'_, Result<Loaded, SourceFault>> {
        Box::pin(async move {
            self.dawdle().await;
            let as_of = Revision(self.state.lock().revision);
            self.dawdle().await;
            let record = self.state.lock().tokens.get(&id).cloned();
            self.dawdle().await;
            Ok(Loaded { record, as_of })
        })
    }
}

/// What has been acknowledged of one token.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Told {
    Nothing,
    Issued,
    /// A revocation is under way, or acknowledged.
    Dying,
    Revoked,
}

const TOKENS: u64 = 6;

struct Scene {
    gate: Gate,
    store: Arc<Dawdler>,
    told: Mutex<HashMap<u64, Told>>,
    /// How often somebody passed.
    outcomes: AtomicUsize,
}

impl Scene {
    fn new(seed: u64) -> Arc<Self> {
        let store = Arc::new(Dawdler { state: Mutex::default(), dice: Mutex::new(StdRng::seed_from_u64(seed)) });
        let ports = Ports { source: store.clone(), usage: Arc::new(NoUses), clock: Arc::new(SystemClock::new()) };
        let settings = Settings { memory_tokens: 4, max_staleness: std::time::Duration::from_secs(3600), ..Settings::default() };
        let gate = Gate::new(settings, ports);
        gate.reached(Revision(0), Instant::now());
        if seed.is_multiple_of(2) {
            gate.scan_ids(100).finish();
        }
        Arc::new(Self { gate, store, told: Mutex::default(), outcomes: AtomicUsize::new(0) })
    }
    fn told(&self, number: u64) -> Told {
        self.told.lock().get(&number).copied().unwrap_or(Told::Nothing)
    }
    fn tell(&self, number: u64, told: Told) {
        self.told.lock().insert(number, told);
    }
    /// Issues each token, lets it live a while, and revokes it.
    async fn write(&self, number: u64) {
        for (before, state, after) in [(Told::Nothing, TokenState::Active, Told::Issued), (Told::Dying, TokenState::Revoked, Told::Revoked)]
        {
            for _ in 0..3 {
                self.store.dawdle().await;
            }
            self.tell(number, before);
            let mut own = record(number);
            own.state = state;
            own.expires_at = None;
            let subject = own.subject.clone();
            let mut change = self.store.commit(own);
            if state == TokenState::Revoked && number.is_multiple_of(2) {
                // Every other token dies by a cut, which the log tells of instead of the token.
                let scope = CutScope { organisation: record(number).policy.organisation, what: CutWhat::Subject(subject) };
                change.what = Changed::Cut(Box::new(scope));
            }
            self.store.dawdle().await;
            self.gate.apply(&[change]);
            self.tell(number, after);
        }
    }
    async fn read(&self, number: u64) {
        while self.told(number) != Told::Revoked {
            self.look(number).await;
        }
        self.look(number).await;
    }
    async fn look(&self, number: u64) {
        let before = self.told(number);
        self.store.dawdle().await;
        let start = self.told(number);
        let token = plain(number);
        let outcome = self.gate.check(&Question::new(Ok(credential(&token)))).await.map(|_| ()).map_err(|refused| refused.denial);
        let after = self.told(number);
        self.outcomes.fetch_add(usize::from(outcome.is_ok()), Ordering::Relaxed);
        match outcome {
            Ok(()) => assert_ne!(start, Told::Revoked, "passed after its revocation was acknowledged"),
            Err(Denial::Revoked) => assert!(matches!(after, Told::Dying | Told::Revoked), "refused though alive: {before:?} {after:?}"),
            Err(Denial::Unknown) => assert_eq!(start, Told::Nothing, "unknown though its issue was acknowledged"),
            // Overtaken again and again: closed, and tried anew.
            Err(Denial::Unavailable(Unavailable::Store)) => {}
            Err(other) => panic!("{other:?}"),
        }
        tokio::task::yield_now().await;
    }
}

#[test]
fn no_interleaving_lets_a_fill_win_over_a_revocation() {
    let mut passed = 0;
    for seed in 0..300 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("runtime");
        runtime.block_on(async {
            let scene = Scene::new(seed);
            let mut tasks = Vec::new();
            for number in 0..TOKENS {
                let writer = Arc::clone(&scene);
                tasks.push(tokio::spawn(async move { writer.write(number).await }));
                for _ in 0..3 {
                    let reader = Arc::clone(&scene);
                    tasks.push(tokio::spawn(async move { reader.read(number).await }));
                }
            }
            for task in tasks {
                task.await.unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
            }
            passed += scene.outcomes.load(Ordering::Relaxed);
        });
    }
    assert!(passed > 1000, "only {passed} questions fell into the life of their token");
}

#[test]
fn threads_never_pass_what_was_revoked() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_time().build().expect("runtime");
    runtime.block_on(async {
        for round in 0..20 {
            let scene = Scene::new(round);
            let mut tasks = Vec::new();
            for number in 0..TOKENS {
                let writer = Arc::clone(&scene);
                tasks.push(tokio::spawn(async move { writer.write(number).await }));
                for _ in 0..2 {
                    let reader = Arc::clone(&scene);
                    tasks.push(tokio::spawn(async move { reader.read(number).await }));
                }
            }
            for task in tasks {
                task.await.expect("no reader saw a revoked token pass");
            }
        }
    });
}
