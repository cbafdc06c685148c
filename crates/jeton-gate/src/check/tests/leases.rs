//! Limits that several verifiers spend, in the check: calls wait for units together, what changed meanwhile counts, and a hit costs nothing.

use crate::{
    Question,
    fixture::{NoUses, World, credential, id, plain, policy, record},
    port::{Answering, LimitLedger, SourceFault},
    settings::Settings,
};
use jeton_core::{
    allowance::{Allowances, OnUnavailable, Quota, Rate},
    change::Revision,
    denial::{Denial, Unavailable},
    facts::TokenState,
    lease::{GivenBack, Lease, LeaseAsk, Measure},
    policy::Policy,
};
use parking_lot::Mutex;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::watch;

/// A ledger that leases so many units at a time of whatever is asked for.
struct Ledger {
    units: u64,
    asked: Mutex<Vec<Vec<LeaseAsk>>>,
    back: Mutex<Vec<GivenBack>>,
    broken: AtomicBool,
    /// While `true`, no answer comes.
    held: watch::Sender<bool>,
}

impl Ledger {
    fn new(units: u64) -> Arc<Self> {
        let (asked, back) = (Mutex::default(), Mutex::default());
        Arc::new(Self { units, asked, back, broken: AtomicBool::new(false), held: watch::Sender::new(false) })
    }
}

impl LimitLedger for Ledger {
    fn lease(&self, asks: Vec<LeaseAsk>) -> Answering<'_, Result<Vec<Lease>, SourceFault>> {
        Box::pin(async move {
            let lease = |ask: &LeaseAsk| Lease {
                units: self.units,
                left: 7,
                life_micros: 3_600_000_000,
                reset_micros: 3_600_000_000,
                retry_micros: None,
                window_micros: matches!(ask.limit, Measure::Quota(_)).then_some(0),
            };
            let leases = asks.iter().map(lease).collect();
            self.asked.lock().push(asks);
            let mut held = self.held.subscribe();
            held.wait_for(|held| !held).await.expect("the ledger lives");
            if self.broken.load(Ordering::SeqCst) { Err(SourceFault::Unavailable) } else { Ok(leases) }
        })
    }
    fn give_back(&self, back: Vec<GivenBack>) -> Answering<'_, Result<(), SourceFault>> {
        self.back.lock().extend(back);
        Box::pin(async { Ok(()) })
    }
}

/// Tokens 1 and 2, the second derived from the first, each with a quota, the first with a rate besides.
fn issue(world: &World, on_unavailable: OnUnavailable) {
    let quotas = vec![Quota { requests: 1_000_000, refill_seconds: 86_400 }];
    let rates = vec![Rate { requests: 1_000_000, per_seconds: 1, burst: None }];
    let mut parent = record(1);
    parent.policy = Arc::new(Policy { allowances: Allowances { rates, quotas: quotas.clone(), on_unavailable }, ..policy(0) });
    let mut child = record(2);
    let allowances = Allowances { quotas, on_unavailable, ..Allowances::default() };
    child.policy = Arc::new(Policy { allowances, parent: Some(id(1)), ..policy(0) });
    world.issue(parent);
    world.issue(child);
}

async fn check(world: &World, number: u64) -> Result<Vec<u64>, Denial> {
    let token = plain(number);
    let passed = world.gate.check(&Question::new(Ok(credential(&token)))).await.map_err(|refused| refused.denial)?;
    Ok(passed.limits.entries().iter().map(|limit| limit.remaining).collect())
}

#[tokio::test]
async fn calls_wait_together_and_then_spend_what_is_held() {
    let (world, ledger) = (Arc::new(World::fresh()), Ledger::new(100));
    issue(&world, OnUnavailable::Deny);
    world.gate.share_limits(ledger.clone());
    ledger.held.send_replace(true);
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { check(&world, 2).await })
        })
        .collect();
    while ledger.asked.lock().is_empty() {
        tokio::task::yield_now().await;
    }
    ledger.held.send_replace(false);
    for call in calls {
        assert!(call.await.expect("a call").is_ok());
    }
    let asked = ledger.asked.lock().clone();
    assert!(asked.len() <= 2, "twenty calls asked {} times", asked.len());
    let of_parent = asked[0].iter().find(|ask| ask.payer == jeton_core::lease::Payer::Token(id(1)) && ask.limit.is_quota());
    assert_eq!(of_parent.expect("the parent's quota").below, Some(id(2)), "the ledger is told why it is asked");
    let held = asked.len() as u64 * 100 - 21;
    assert_eq!(check(&world, 2).await, Ok(vec![held + 7; 3]));
    // In order: all that is left is handed out for the ledger.
    let back = world.gate.hold_limits();
    assert_eq!(back.iter().map(|back| back.units).collect::<Vec<_>>(), [held; 2]);
}

#[tokio::test]
async fn what_is_revoked_while_it_waits_does_not_pass() {
    let (world, ledger) = (Arc::new(World::fresh()), Ledger::new(100));
    issue(&world, OnUnavailable::Deny);
    world.gate.share_limits(ledger.clone());
    ledger.held.send_replace(true);
    let call = {
        let world = Arc::clone(&world);
        tokio::spawn(async move { check(&world, 2).await })
    };
    while ledger.asked.lock().is_empty() {
        tokio::task::yield_now().await;
    }
    world.set_state(id(1), TokenState::Revoked);
    ledger.held.send_replace(false);
    assert_eq!(call.await.expect("a call"), Err(Denial::ParentDead));
}

#[tokio::test]
async fn without_the_ledger_a_token_says_what_becomes_of_its_calls() {
    for (on_unavailable, passes) in [(OnUnavailable::Deny, false), (OnUnavailable::Allow, true)] {
        let (world, ledger) = (World::fresh(), Ledger::new(2));
        issue(&world, on_unavailable);
        world.gate.share_limits(ledger.clone());
        assert!(check(&world, 1).await.is_ok());
        ledger.broken.store(true, Ordering::SeqCst);
        assert!(check(&world, 1).await.is_ok(), "it is held");
        let outcome = check(&world, 1).await;
        assert_eq!(outcome.is_ok(), passes, "{outcome:?}");
        if !passes {
            assert_eq!(outcome, Err(Denial::Unavailable(Unavailable::Limit)));
        }
        // While it is being settled how limits are spent, nothing is; and alone nobody is asked.
        ledger.broken.store(false, Ordering::SeqCst);
        drop(world.gate.hold_limits());
        world.gate.spend_limits_alone(&[], &[]);
        assert!(check(&world, 1).await.is_ok());
        assert!(!world.gate.shares_limits() && world.gate.lease_out(&[]).is_some());
    }
}

#[tokio::test]
async fn who_may_be_alone_for_a_time_waits_after_it() {
    let world = World::fresh();
    issue(&world, OnUnavailable::Deny);
    let at = crate::port::Clock::instant(&*world.clock);
    world.gate.alone_until(at + std::time::Duration::from_secs(1));
    assert!(check(&world, 1).await.is_ok());
    world.clock.advance(std::time::Duration::from_secs(1));
    world.follow();
    let token = plain(1);
    assert!(world.gate.check_now(&Question::new(Ok(credential(&token)))).is_none(), "it has to wait");
    assert!(world.gate.lease_out(&[]).is_none());
    world.gate.alone_until(at + std::time::Duration::from_secs(9));
    assert!(check(&world, 1).await.is_ok());
}

#[tokio::test]
async fn a_check_that_is_covered_allocates_nothing() {
    let world = World::with_usage(Settings { memory_tokens: 4096, ..Settings::default() }, Arc::new(NoUses), Arc::default());
    world.follow();
    issue(&world, OnUnavailable::Deny);
    world.gate.remember(&[record(3)], Revision(0));
    world.gate.share_limits(Ledger::new(10_000));
    assert!(check(&world, 2).await.is_ok());
    let token = plain(2);
    let question = Question::new(Ok(credential(&token)));
    let counted = allocation_counter::measure(|| {
        for _ in 0..100 {
            assert!(world.gate.check_now(&question).is_some_and(|outcome| outcome.is_ok()));
        }
    });
    assert_eq!(counted.count_total, 0);
}
