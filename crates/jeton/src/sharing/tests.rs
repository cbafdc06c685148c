//! Several nodes in one process on one PostgreSQL, and a recorder of what they let pass: no quota is spent twice whoever comes, goes or
//! dies, and a rate lets pass no more than is promised.

use super::*;
use jeton_core::{
    allowance::{Allowances, OnUnavailable, Quota, Rate},
    api::Api,
    api_limit::{ApiLimit, Per},
    denial::{Denial, Unavailable},
    facts::{Secrets, TokenRecord, TokenState},
    id::{ApiId, OrganisationId, TokenId},
    kind::{TokenFormat, TokenKind},
    name::{Audience, Name, Subject},
    network::Networks,
    policy::Policy,
    scope::ScopeSet,
    token_text::PlainToken,
    usage::UsageEvent,
};
use jeton_gate::{
    Question,
    check::Ports,
    credential::Credential,
    port::{Catalogue, Loaded, TokenSource, UsageSink},
    settings::Settings,
};
use jeton_store::{Engine, testing::Place};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::task::JoinHandle;

const AUDIENCE: &str = "https://api.example.com";
const YEAR: u32 = 31_622_400;
/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

struct Only(TokenRecord);

impl TokenSource for Only {
    fn find(&self, id: TokenId) -> Answering<'_, Result<Loaded, SourceFault>> {
        let record = (self.0.id == id).then(|| self.0.clone());
        Box::pin(async move { Ok(Loaded { record, as_of: jeton_core::change::Revision(1) }) })
    }
}

struct Unheard;

impl UsageSink for Unheard {
    fn record(&self, _: &UsageEvent<'_>) {}
}

fn plain() -> PlainToken {
    PlainToken::from_random(None, TokenKind::Pat, TokenId::from_random([3; 16]), &[7; 32])
}

fn record(allowances: Allowances) -> TokenRecord {
    let policy = Policy {
        organisation: OrganisationId::from_random([1; 16]),
        project: None,
        kind: TokenKind::Pat,
        format: TokenFormat::Opaque,
        client_id: None,
        parent: None,
        binding: None,
        exchanged: false,
        signed_by: None,
        authentication: None,
        audiences: vec![Audience::parse(AUDIENCE).expect("audience")],
        scopes: ScopeSet::empty(),
        networks: Networks::default(),
        routes: Vec::new(),
        allowances,
    };
    TokenRecord {
        id: TokenId::from_random([3; 16]),
        secrets: Secrets { current: plain().digest(), previous: None },
        subject: Subject::parse("usr_0123456789ab").expect("subject"),
        state: TokenState::Active,
        not_before: None,
        expires_at: None,
        policy: Arc::new(policy),
    }
}

fn quota(requests: u64) -> Allowances {
    Allowances { quotas: vec![Quota { requests, refill_seconds: YEAR }], ..Allowances::default() }
}

/// One node.
struct Node {
    gate: Gate,
    store: Store,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Node {
    async fn start(place: &Place, allowances: &Allowances) -> Self {
        let (store, clock) = (place.open().await, Arc::new(SystemClock::new()));
        let ports = Ports { source: Arc::new(Only(record(allowances.clone()))), usage: Arc::new(Unheard), clock: clock.clone() };
        let gate = Gate::new(Settings::default(), ports);
        let mut sharing = Sharing::begin(&store, &gate, &clock, &Arc::default()).expect("others may come");
        sharing.settle().await;
        let stop = CancellationToken::new();
        let task = tokio::spawn(sharing.run(stop.clone()));
        Self { gate, store, stop, task }
    }
    async fn leave(self) {
        self.stop.cancel();
        self.task.await.expect("it leaves");
        self.store.close().await;
    }
    /// Dies without a word; gives what it had leased and not spent.
    async fn die(self) -> u64 {
        self.task.abort();
        let held = self.gate.hold_limits();
        self.store.close().await;
        held.iter().map(|back| back.units).sum()
    }
    fn is_alone(&self) -> bool {
        self.gate.lease_out(&[]).is_some()
    }
}

async fn call(gate: &Gate) -> Result<u64, Denial> {
    let text = plain();
    let question = Question { audience: Some(AUDIENCE), ..Question::new(Ok(Credential::from_text(text.expose()).expect("a credential"))) };
    let passed = gate.check(&question).await.map_err(|refused| refused.denial)?;
    Ok(passed.limits.entries().first().map_or(0, |limit| limit.remaining))
}

async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Calls at one node as often as it is told to, and counts what passed.
struct Load {
    passed: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Load {
    fn at(gate: &Gate, passed: &Arc<AtomicU64>) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let task = |_| {
            let (gate, passed, over) = (gate.clone(), Arc::clone(passed), Arc::clone(&over));
            tokio::spawn(async move {
                let mut ticks = tokio::time::interval(Duration::from_millis(2));
                while !over.load(Ordering::Acquire) {
                    ticks.tick().await;
                    if call(&gate).await.is_ok() {
                        passed.fetch_add(1, Ordering::AcqRel);
                    }
                }
            })
        };
        let tasks = (0..3).map(task).collect();
        Self { passed: Arc::clone(passed), over, tasks }
    }
    async fn end(self) -> u64 {
        self.over.store(true, Ordering::Release);
        for task in self.tasks {
            task.await.expect("a caller");
        }
        self.passed.load(Ordering::Acquire)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_quota_is_spent_twice_whoever_comes_goes_or_dies() {
    const ALL: u64 = 3000;
    /// What one question asks for at most, at the pace of this load.
    const IN_FLIGHT: u64 = 500;
    let (place, own, passed) = (Place::new(Engine::Postgres), quota(ALL), Arc::new(AtomicU64::new(0)));
    let count = |passed: &AtomicU64| passed.load(Ordering::Acquire);
    let first = Node::start(&place, &own).await;
    assert!(first.is_alone());
    let load = Load::at(&first.gate, &passed);
    until("one passes alone", || count(&passed) > 300).await;
    let (second, third) = (Node::start(&place, &own).await, Node::start(&place, &own).await);
    assert!(!first.is_alone() && first.gate.shares_limits() && third.gate.shares_limits());
    let more = [Load::at(&second.gate, &passed), Load::at(&third.gate, &passed)];
    until("three spend", || count(&passed) > 1000).await;
    let [of_second, of_third] = more;
    of_third.end().await;
    third.leave().await;
    until("two spend", || count(&passed) > 1700).await;
    of_second.end().await;
    let lost = second.die().await;
    until("the last is alone again", || first.is_alone()).await;
    until("nothing is left", || count(&passed) + lost + IN_FLIGHT >= ALL).await;
    let mut refused = 0;
    while refused < 50 {
        match call(&first.gate).await {
            Ok(_) => _ = passed.fetch_add(1, Ordering::AcqRel),
            Err(Denial::QuotaExhausted { .. }) => refused += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    let passed = load.end().await;
    println!("{passed} of {ALL} passed, {lost} were lost with the node that died");
    assert!(passed <= ALL, "{passed} passed");
    // What it asked for when it died may be lost besides.
    assert!(passed + lost + IN_FLIGHT >= ALL, "{passed} passed and {lost} were lost");
    first.leave().await;
    // Who comes later finds it spent.
    let later = Node::start(&place, &own).await;
    assert!(matches!(call(&later.gate).await, Err(Denial::QuotaExhausted { .. })));
    later.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_process_ended_on_this_machine_is_not_waited_for() {
    let place = Place::new(Engine::Postgres);
    let (store, clock) = (place.open().await, Arc::new(SystemClock::new()));
    let killed = |node: &str| LimitBeat { node: node.to_owned(), beat: 1, joins: false, gone: Vec::new() };
    let folder = store.outside().join(LIFELINES);
    std::fs::create_dir_all(&folder).expect("a folder");
    // Killed here, its lock is free; another ran elsewhere, and nobody knows what became of it.
    for (node, is_alone) in [("here", true), ("elsewhere", false)] {
        store.beat_limits(killed(node)).await.expect("written");
        let rounds = async || {
            let ports = Ports { source: Arc::new(Only(record(quota(1)))), usage: Arc::new(Unheard), clock: clock.clone() };
            let gate = Gate::new(Settings::default(), ports);
            let mut sharing = Sharing::begin(&store, &gate, &clock, &Arc::default()).expect("others may come");
            for _ in 0..2 {
                sharing.round().await;
            }
            let is_alone = sharing.way == Way::Alone;
            sharing.leave().await.expect("it leaves");
            is_alone
        };
        if is_alone {
            std::fs::write(folder.join(node), lifeline::boot().expect("a name")).expect("written");
        }
        assert_eq!(rounds().await, is_alone, "{node}");
    }
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_left_is_told_and_one_call_at_a_time_is_exact() {
    let (place, own) = (Place::new(Engine::Postgres), quota(40));
    let (first, second) = (Node::start(&place, &own).await, Node::start(&place, &own).await);
    until("they share", || first.gate.shares_limits() && second.gate.shares_limits()).await;
    let mut ticks = tokio::time::interval(Duration::from_millis(150));
    for left in (0..40).rev() {
        ticks.tick().await;
        let gate = if left % 2 == 0 { &first.gate } else { &second.gate };
        assert_eq!(call(gate).await, Ok(left), "few calls are not worth leasing ahead");
    }
    assert!(matches!(call(&first.gate).await, Err(Denial::QuotaExhausted { .. })));
    first.leave().await;
    second.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rate_lets_pass_its_burst_and_its_pace_and_what_a_lease_lasts() {
    const PACE: u64 = 300;
    const BURST: u64 = 40;
    let rates = vec![Rate { requests: PACE, per_seconds: 1, burst: Some(BURST) }];
    let own = Allowances { rates, ..Allowances::default() };
    let place = Place::new(Engine::Postgres);
    let nodes = [Node::start(&place, &own).await, Node::start(&place, &own).await, Node::start(&place, &own).await];
    until("they share", || nodes.iter().all(|node| node.gate.shares_limits())).await;
    let begun = Instant::now();
    let callers: Vec<_> = (0..6usize)
        .map(|number| {
            let gate = nodes[number % 3].gate.clone();
            tokio::spawn(async move {
                let (mut passed, mut ticks) = (Vec::new(), tokio::time::interval(Duration::from_millis(2)));
                while begun.elapsed() < Duration::from_secs(4) {
                    ticks.tick().await;
                    let asked = begun.elapsed();
                    if call(&gate).await.is_ok() {
                        passed.push((asked, begun.elapsed()));
                    }
                }
                passed
            })
        })
        .collect();
    let mut passed = Vec::new();
    for caller in callers {
        passed.extend(caller.await.expect("a caller"));
    }
    passed.sort_by_key(|(_, answered)| *answered);
    let life: Duration = limits::LEASE_LIFE.into();
    let mut longest = 0.0_f64;
    for (from, (_, _)) in passed.iter().enumerate() {
        let mut asked = Duration::MAX;
        for (number, (begin, end)) in passed.iter().skip(from).enumerate() {
            asked = asked.min(*begin);
            let stretch = end.saturating_sub(asked) + life;
            let most = BURST as f64 + PACE as f64 * stretch.as_secs_f64();
            longest = longest.max((number + 1) as f64 / most);
            assert!((number + 1) as f64 <= most, "{} passed in {stretch:?}", number + 1);
        }
    }
    println!("{} passed in 4 s; at most {:.0} % of the bound", passed.len(), longest * 100.0);
    assert!(passed.len() as u64 > PACE * 2, "only {} passed in 4 s", passed.len());
    for node in nodes {
        node.leave().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_database_each_limit_says_what_becomes_of_a_call() {
    let place = Place::new(Engine::Postgres);
    let api = |on_unavailable| Api {
        id: ApiId::from_random([1; 16]),
        organisation: OrganisationId::from_random([1; 16]),
        audience: Audience::parse(AUDIENCE).expect("audience"),
        name: Name::parse("orders").expect("name"),
        scopes: Vec::new(),
        routes: Vec::new(),
        token_format: TokenFormat::Opaque,
        access_token_seconds: None,
        access_token_seconds_by_grant: Default::default(),
        limits: vec![ApiLimit { per: Per::Subject, requests: 10, per_seconds: 3600, burst: None, on_unavailable }],
        max_staleness_ms: None,
        serve_stale_seconds: None,
    };
    let (node, other) = (Node::start(&place, &Allowances::default()).await, Node::start(&place, &quota(10)).await);
    let lenient = Node::start(&place, &Allowances { on_unavailable: OnUnavailable::Allow, ..quota(10) }).await;
    until("they share", || node.gate.shares_limits() && other.gate.shares_limits()).await;
    for own in [&node, &other, &lenient] {
        own.store.close().await;
    }
    for (on_unavailable, expected) in [(OnUnavailable::Allow, Ok(0)), (OnUnavailable::Deny, Err(Denial::Unavailable(Unavailable::Limit)))] {
        node.gate.set_catalogue(Catalogue { apis: vec![Arc::new(api(on_unavailable))] });
        assert_eq!(call(&node.gate).await, expected);
    }
    assert_eq!(call(&other.gate).await, Err(Denial::Unavailable(Unavailable::Limit)), "a token's own limits refuse");
    assert_eq!(call(&lenient.gate).await, Ok(0), "unless they say otherwise");
    for node in [node, other, lenient] {
        node.task.abort();
    }
}
