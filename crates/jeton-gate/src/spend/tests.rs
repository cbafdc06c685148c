//! Limits: exact, whole or not at all, bounded, and kept across restarts.

mod leased;

use super::*;
use crate::{
    clock::SystemClock,
    fixture::{NOW, id},
};
use jeton_core::{
    allowance::{Quota, Rate},
    id::ApiId,
};

fn limits(rates: &[(u64, u32)], quotas: &[(u64, u32)]) -> Allowances {
    Allowances {
        rates: rates.iter().map(|(requests, per_seconds)| Rate { requests: *requests, per_seconds: *per_seconds, burst: None }).collect(),
        quotas: quotas.iter().map(|(requests, refill_seconds)| Quota { requests: *requests, refill_seconds: *refill_seconds }).collect(),
        ..Allowances::default()
    }
}

fn one(number: u64, allowances: &Allowances) -> [Option<Link<'_>>; LINKS] {
    let mut links = [None; LINKS];
    links[0] = Some(link(number, 0, allowances));
    links
}

fn link(number: u64, depth: u8, allowances: &Allowances) -> Link<'_> {
    Link { payer: Payer::Token(id(number)), below: None, allowances, counted: Counted::Alone(depth), is_lenient: false }
}

/// The links of a chain, the token first.
fn chain<'a>(all: &[Link<'a>]) -> [Option<Link<'a>>; LINKS] {
    std::array::from_fn(|at| all.get(at).copied())
}

fn spend(spender: &Spender, links: &[Option<Link<'_>>; LINKS], cost: u32, now: Timestamp) -> Result<LimitsReport, Denial> {
    whole(spender, links, cost, now).map_err(|exhausted| exhausted.denial)
}

#[expect(clippy::result_large_err, reason = "as the gate refuses: on the stack")]
fn whole(spender: &Spender, links: &[Option<Link<'_>>; LINKS], cost: u32, now: Timestamp) -> Result<LimitsReport, Exhausted> {
    match spender.spend(links, &Bill { cost, now, is_cut_off: false }, &SystemClock::new(), None, || Ok(())) {
        Outcome::Spent(report) => Ok(report),
        Outcome::Exhausted(exhausted) => Err(exhausted),
        Outcome::Short => panic!("whoever spends alone asks nobody"),
    }
}

#[test]
fn a_request_spends_every_limit_or_none() {
    let spender = Spender::new(1000);
    let own = limits(&[(10, 1)], &[(3, 86_400)]);
    for left in [2, 1, 0] {
        let report = spend(&spender, &one(1, &own), 1, NOW).expect("room");
        assert_eq!(report.entries()[1].remaining, left);
    }
    for _ in 0..20 {
        assert!(matches!(spend(&spender, &one(1, &own), 1, NOW), Err(Denial::QuotaExhausted { .. })));
    }
    let report = spend(&spender, &one(1, &own), 0, NOW).expect("looking costs nothing");
    assert_eq!(report.entries()[0].remaining, 7, "the refused ones did not spend the rate");
}

#[test]
fn a_chain_spends_together_or_not_at_all() {
    let spender = Spender::new(1000);
    let (child, parent) = (limits(&[(100, 60)], &[]), limits(&[(2, 60)], &[]));
    let chain = chain(&[link(1, 0, &child), link(2, 2, &parent)]);
    assert!(spend(&spender, &chain, 1, NOW).is_ok() && spend(&spender, &chain, 1, NOW).is_ok());
    let Err(exhausted) = whole(&spender, &chain, 1, NOW) else { panic!("the parent has no room") };
    assert!(matches!(exhausted.denial, Denial::RateLimited { .. }));
    let names: Vec<_> = exhausted.report.entries().iter().map(|limit| (limit.name.to_string(), limit.remaining)).collect();
    assert_eq!(names, [("rate".into(), 97), ("parent-2-rate".into(), 0)]);
    assert_eq!(spend(&spender, &one(1, &child), 0, NOW).expect("room").entries()[0].remaining, 98);
}

#[test]
fn threads_spend_exactly_what_there_is() {
    let spender = Spender::new(1000);
    let (own, parent) = (limits(&[], &[(5000, 86_400)]), limits(&[], &[(7000, 86_400)]));
    let passed: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8u64)
            .map(|thread| {
                let (spender, own, parent) = (&spender, &own, &parent);
                scope.spawn(move || {
                    // Two children of one parent, their links in both orders of locks.
                    let chain = chain(&[link(thread % 2, 0, own), link(9, 1, parent)]);
                    (0..1500).filter(|_| spend(spender, &chain, 1, NOW).is_ok()).count()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    assert_eq!(passed, 7000);
}

#[test]
fn quotas_outlive_a_restart_and_an_edit() {
    let spender = Spender::new(1000);
    let own = limits(&[(1000, 1)], &[(10, 86_400)]);
    for _ in 0..8 {
        spend(&spender, &one(1, &own), 1, NOW).expect("room");
    }
    let kept = spender.quotas(NOW);
    assert_eq!((kept.len(), kept[0].used, kept[0].refill_seconds), (1, 8, 86_400));
    let next = Spender::new(1000);
    spend(&next, &one(1, &own), 1, NOW).expect("room before the restart's state is read");
    next.restore(&kept);
    let raised = limits(&[], &[(100, 3600), (20, 86_400)]);
    let report = spend(&next, &one(1, &raised), 1, NOW).expect("room");
    assert_eq!(report.entries()[1].remaining, 10, "8 before, 1 meanwhile, 1 now");
    assert!(spender.quotas(NOW.plus(Span::from_days(2))).is_empty(), "a window that is over is not kept");
}

#[test]
fn only_whole_states_make_room_and_without_room_nobody_passes() {
    let spender = Spender::new(64);
    let own = limits(&[(1, 10)], &[]);
    let outcomes: Vec<_> = (0..1000).map(|number| spend(&spender, &one(number, &own), 1, NOW)).collect();
    assert!(outcomes.contains(&Err(Denial::Unavailable(Unavailable::Limit))));
    assert!(spender.len() <= 64);
    let held = outcomes.iter().position(Result::is_ok).expect("some had room") as u64;
    assert!(matches!(spend(&spender, &one(held, &own), 1, NOW), Err(Denial::RateLimited { .. })), "a spent state was not forgotten");
    let later = NOW.plus(Span::from_seconds(11));
    assert!((2000..3000).filter(|number| spend(&spender, &one(*number, &own), 1, later).is_ok()).count() >= 32);
}

#[test]
fn what_is_counted_together_has_a_name_and_may_be_lenient() {
    let spender = Spender::new(1);
    let own = limits(&[(2, 60)], &[]);
    let shared = |byte, per, of_route, is_lenient| Link {
        payer: Payer::Together { api: ApiId::from_random([1; 16]), key: [byte; 16] },
        below: None,
        allowances: &own,
        counted: Counted::Together { per, of_route },
        is_lenient,
    };
    let (subject, everybody) = (shared(1, Per::Subject, false, false), shared(2, Per::Everybody, true, false));
    let report = spend(&spender, &chain(&[subject, everybody]), 2, NOW).expect("room");
    let names: Vec<String> = report.entries().iter().map(|limit| limit.name.to_string()).collect();
    assert_eq!(names, ["api-subject-rate", "route-everybody-rate"]);
    assert!(matches!(spend(&spender, &chain(&[everybody]), 1, NOW), Err(Denial::RateLimited { .. })), "whoever else calls");
    assert!(spender.quotas(NOW).is_empty());
    // Each shard has room for one state here: where there is none, a limit says itself what becomes of the call.
    let full = (3..=255u8).find(|byte| spend(&spender, &chain(&[shared(*byte, Per::Token, false, false)]), 1, NOW).is_err());
    let full = full.expect("some shard is taken");
    let refused = spend(&spender, &chain(&[shared(full, Per::Token, false, false)]), 1, NOW);
    assert_eq!(refused, Err(Denial::Unavailable(Unavailable::Limit)));
    assert!(spend(&spender, &chain(&[shared(full, Per::Token, false, true)]), 1, NOW).is_ok());
}
