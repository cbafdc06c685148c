//! Limits that several verifiers spend: what is leased is spent once, what is not covered is asked for, and a ledger that does not answer
//! lets nothing pass that does not say so.

use super::*;
use jeton_core::{
    allowance::QuotaState,
    lease::{Lease, LeaseAsk, LimitId, Measure},
};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// A ledger in memory.
#[derive(Default)]
struct Ledger {
    quotas: HashMap<LimitId, QuotaState>,
    rates: HashMap<LimitId, jeton_core::allowance::RateState>,
}

impl Ledger {
    fn lease(&mut self, ask: &LeaseAsk, now: Timestamp) -> Lease {
        match ask.limit {
            Measure::Quota(quota) => quota.lease_at(self.quotas.entry(ask.id()).or_default(), ask, now),
            Measure::Rate(rate) => rate.lease_at(self.rates.entry(ask.id()).or_default(), ask, now),
        }
    }
    /// Answers what a call lacked.
    fn serve(&mut self, spender: &Spender, mut asks: Vec<LeaseAsk>, at: Instant) -> u64 {
        spender.add_pace(&mut asks);
        let leases: Vec<_> = asks.iter().map(|ask| self.lease(ask, NOW)).collect();
        asks.iter().zip(&leases).for_each(|(ask, lease)| assert!(spender.take_in(ask, lease, at)));
        leases.iter().map(|lease| lease.units).sum()
    }
}

/// A clock that stands still until it is moved.
struct Still(parking_lot::Mutex<Instant>);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        NOW
    }
    fn instant(&self) -> Instant {
        *self.0.lock()
    }
}

impl Still {
    fn begin() -> Self {
        Self(parking_lot::Mutex::new(Instant::now()))
    }
    fn advance(&self, by: Duration) {
        *self.0.lock() += by;
    }
}

fn shared() -> Spender {
    let spender = Spender::new(1000);
    spender.turn(Mode::Shared);
    spender
}

/// Tries once; what is lacking comes in the second place.
fn try_one(spender: &Spender, links: &[Option<Link<'_>>; LINKS], cost: u32, clock: &Still, is_cut_off: bool) -> (Outcome, Vec<LeaseAsk>) {
    let mut wants = Vec::new();
    let outcome = spender.spend(links, &Bill { cost, now: NOW, is_cut_off }, clock, Some(&mut wants), || Ok(()));
    (outcome, wants)
}

/// Asks until it is decided.
fn pass(
    spender: &Spender,
    links: &[Option<Link<'_>>; LINKS],
    cost: u32,
    clock: &Still,
    ledger: &mut Ledger,
) -> Result<LimitsReport, Denial> {
    for _ in 0..5 {
        match try_one(spender, links, cost, clock, false) {
            (Outcome::Spent(report), _) => return Ok(report),
            (Outcome::Exhausted(exhausted), _) => return Err(exhausted.denial),
            (Outcome::Short, wants) => {
                assert!(!wants.is_empty());
                ledger.serve(spender, wants, clock.instant());
            }
        }
    }
    panic!("the ledger was asked again and again");
}

#[test]
fn two_spend_one_quota_exactly() {
    let (one_node, other, clock, mut ledger) = (shared(), shared(), Still::begin(), Ledger::default());
    let own = limits(&[], &[(100, 86_400)]);
    let mut passed = [0, 0];
    for round in 0..200 {
        let (at, spender) = if round % 3 == 0 { (0, &one_node) } else { (1, &other) };
        match pass(spender, &one(1, &own), 1, &clock, &mut ledger) {
            Ok(report) => {
                passed[at] += 1;
                assert!(report.entries()[0].remaining <= 100 - passed[at], "its own calls at least are counted");
            }
            Err(denial) => assert!(matches!(denial, Denial::QuotaExhausted { .. })),
        }
        clock.advance(Duration::from_millis(300));
    }
    assert_eq!(passed.iter().sum::<u64>(), 100);
    assert!(one_node.quotas(NOW).is_empty(), "the ledger counts");
}

#[test]
fn what_is_spent_fast_is_leased_ahead_and_given_back() {
    let (spender, clock, mut ledger) = (shared(), Still::begin(), Ledger::default());
    let own = limits(&[], &[(10_000, 86_400)]);
    let mut asked = 0;
    for _ in 0..4 {
        for _ in 0..50 {
            let (outcome, wants) = try_one(&spender, &one(1, &own), 1, &clock, false);
            if matches!(outcome, Outcome::Short) {
                asked += 1;
                ledger.serve(&spender, wants, clock.instant());
                assert!(pass(&spender, &one(1, &own), 1, &clock, &mut ledger).is_ok());
            }
            clock.advance(Duration::from_millis(5));
        }
        let upkeep = spender.look_after(clock.instant());
        ledger.serve(&spender, upkeep.asks, clock.instant());
    }
    assert!(asked < 30, "{asked} of 200 calls waited for the ledger");
    assert!(spender.holds_leases());
    clock.advance(Duration::from_secs(2));
    let back = spender.look_after(clock.instant()).back;
    let used = ledger.quotas.values().next().expect("one").used;
    assert_eq!(used - back.iter().map(|back| back.units).sum::<u64>(), 200, "what was not spent is given back");
    assert!(!spender.holds_leases());
}

#[test]
fn units_of_a_rate_end_with_their_lease() {
    let (spender, clock, mut ledger) = (shared(), Still::begin(), Ledger::default());
    let own = limits(&[(100, 10)], &[]);
    let ask = LeaseAsk { payer: Payer::Token(id(1)), limit: Measure::Rate(own.rates[0]), least: 1, wanted: 5, ahead: 0, below: None };
    assert_eq!(ledger.serve(&spender, vec![ask], clock.instant()), 5);
    assert!(matches!(try_one(&spender, &one(1, &own), 2, &clock, false).0, Outcome::Spent(_)));
    clock.advance(jeton_core::limits::LEASE_LIFE.into());
    let (outcome, wants) = try_one(&spender, &one(1, &own), 2, &clock, false);
    assert!(matches!(outcome, Outcome::Short));
    assert_eq!((wants.len(), wants[0].least), (1, 2), "none of the three that are left");
    assert!(spender.look_after(clock.instant()).back.is_empty());
}

#[test]
fn a_refusal_of_the_ledger_holds_for_a_moment() {
    let (spender, other, clock, mut ledger) = (shared(), shared(), Still::begin(), Ledger::default());
    let own = limits(&[], &[(10, 86_400)]);
    assert!(pass(&other, &one(1, &own), 8, &clock, &mut ledger).is_ok());
    let refused = pass(&spender, &one(1, &own), 3, &clock, &mut ledger).expect_err("two are left");
    assert!(matches!(refused, Denial::QuotaExhausted { retry_after } if retry_after > Span::from_hours(1)), "{refused:?}");
    let (outcome, wants) = try_one(&spender, &one(1, &own), 3, &clock, false);
    let Outcome::Exhausted(exhausted) = outcome else { panic!("asked again at once") };
    assert!(wants.is_empty());
    assert_eq!(exhausted.report.entries()[0].remaining, 2);
    assert!(pass(&spender, &one(1, &own), 2, &clock, &mut ledger).is_ok(), "fewer may still be there");
    clock.advance(Duration::from_millis(300));
    assert!(matches!(try_one(&spender, &one(1, &own), 3, &clock, false).0, Outcome::Short));
}

#[test]
fn without_the_ledger_only_what_says_so_passes() {
    let (spender, clock) = (shared(), Still::begin());
    let own = limits(&[(5, 60)], &[(5, 60)]);
    let (outcome, wants) = try_one(&spender, &one(1, &own), 1, &clock, false);
    assert!(matches!(outcome, Outcome::Short));
    assert_eq!(wants.len(), 2);
    let refused = |outcome| matches!(outcome, Outcome::Exhausted(Exhausted { denial: Denial::Unavailable(Unavailable::Limit), .. }));
    assert!(refused(try_one(&spender, &one(1, &own), 1, &clock, true).0));
    let lenient = Link { is_lenient: true, ..link(1, 0, &own) };
    assert!(matches!(try_one(&spender, &chain(&[lenient]), 1, &clock, true).0, Outcome::Spent(_)));
    assert!(refused(try_one(&spender, &chain(&[lenient, link(2, 1, &own)]), 1, &clock, true).0));
    // Between two modes nobody spends either.
    spender.turn(Mode::Between);
    assert!(matches!(try_one(&spender, &one(1, &own), 1, &clock, false).0, Outcome::Short));
    assert!(refused(try_one(&spender, &one(1, &own), 1, &clock, true).0));
}

#[test]
fn what_is_counted_goes_from_one_mode_to_the_other() {
    let (spender, clock, mut ledger) = (Spender::new(1000), Still::begin(), Ledger::default());
    let own = limits(&[(10, 3600)], &[(10, 86_400)]);
    assert!(matches!(try_one(&spender, &one(1, &own), 4, &clock, false).0, Outcome::Spent(_)));
    // Whoever counts alone leases to others what is left.
    let ask = |limit| LeaseAsk { payer: Payer::Token(id(1)), limit, least: 1, wanted: 9, ahead: 0, below: None };
    let leased = spender.lease_out(&[ask(Measure::Rate(own.rates[0])), ask(Measure::Quota(own.quotas[0]))], &clock).expect("alone");
    assert_eq!(leased.iter().map(|lease| lease.units).collect::<Vec<_>>(), [6, 6]);
    let window_micros = leased[1].window_micros.expect("a window");
    assert!(spender.take_back(&[jeton_core::lease::GivenBack { token: id(1), refill_seconds: 86_400, window_micros, units: 2 }], &clock));
    assert_eq!(spender.quotas(NOW)[0].used, 8);
    assert_eq!(spender.rates(NOW, 10).len(), 1);
    spender.turn(Mode::Shared);
    assert!(spender.lease_out(&[ask(Measure::Rate(own.rates[0]))], &clock).is_none());
    let other = limits(&[], &[(10, 86_400)]);
    assert!(pass(&spender, &one(2, &other), 1, &clock, &mut ledger).is_ok());
    spender.turn(Mode::Between);
    assert!(spender.let_go(clock.instant()).is_empty());
    spender.take_over(&[QuotaUse { token: id(1), refill_seconds: 86_400, window: Timestamp::from_micros(window_micros), used: 9 }], &[]);
    spender.turn(Mode::Alone);
    assert_eq!(spender.quotas(NOW).iter().map(|own| own.used).collect::<Vec<_>>(), [9]);
    let refused = spend(&spender, &one(1, &own), 1, NOW).expect_err("the rate is spent still");
    assert!(matches!(refused, Denial::RateLimited { .. }));
}
