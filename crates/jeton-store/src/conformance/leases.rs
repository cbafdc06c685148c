//! Leases: what several nodes take of one limit at once is never more than it allows, and who is alone is agreed upon.

use super::fixture::{Fixture, NOW, token_id};
use crate::{
    ledger::SpentRate,
    limit_nodes::{LimitBeat, LimitCompany},
    quota::SpentQuota,
};
use futures_util::future::join_all;
use jeton_core::{
    allowance::{Quota, Rate, RateState},
    id::{ApiId, TokenId},
    lease::{GivenBack, Lease, LeaseAsk, Measure, Payer},
    limits,
    timestamp::Span,
};

const DAY: u32 = 86_400;

fn quota(token: TokenId, requests: u64, wanted: u64) -> LeaseAsk {
    let limit = Measure::Quota(Quota { requests, refill_seconds: DAY });
    LeaseAsk { payer: Payer::Token(token), limit, least: 1, wanted, ahead: 0, below: None }
}

fn rate(payer: Payer, wanted: u64) -> LeaseAsk {
    let limit = Measure::Rate(Rate { requests: 10, per_seconds: 1, burst: Some(20) });
    LeaseAsk { payer, limit, least: 1, wanted, ahead: 0, below: None }
}

fn units(leases: &[Lease]) -> Vec<u64> {
    leases.iter().map(|lease| lease.units).collect()
}

/// Two processes that lease as fast as they can get exactly what there is, and what is given back is leased once more.
pub async fn a_quota_is_leased_once_whoever_asks(fixture: &Fixture) {
    let one = &fixture.store;
    let other = crate::Store::open_apart(fixture.place.options()).await.expect("opens a second time");
    let token = token_id();
    let asked = (0..60).map(|number| {
        let store = if number % 2 == 0 { one } else { &other };
        let ask = [quota(token, 100, 7), rate(Payer::Token(token), 1)];
        async move { store.lease_at(&ask, NOW).await.expect("leased") }
    });
    let leases = join_all(asked).await;
    let (quotas, rates): (Vec<&Lease>, Vec<&Lease>) =
        leases.iter().map(|both| (both.first().expect("of the quota"), both.last().expect("of the rate"))).unzip();
    assert_eq!(quotas.iter().map(|lease| lease.units).sum::<u64>(), 100);
    assert_eq!(rates.iter().map(|lease| lease.units).sum::<u64>(), 20, "the rate's burst");
    assert!(quotas.iter().any(|lease| lease.retry_micros.is_some()));
    let window = quotas.first().and_then(|lease| lease.window_micros).expect("a window");
    let back = |units| GivenBack { token, refill_seconds: DAY, window_micros: window, units };
    other.give_back_at(&[back(3), back(2)], NOW).await.expect("taken back");
    one.give_back_at(&[GivenBack { window_micros: window - 1, ..back(50) }], NOW).await.expect("of a window that is over");
    assert_eq!(units(&one.lease_at(&[quota(token, 100, 9)], NOW).await.expect("leased")), [5]);
    // What was leased is what counts for whoever spends alone after that.
    assert_eq!(one.quotas_at(NOW).await.expect("read").iter().map(|spent| spent.used).collect::<Vec<_>>(), [100]);
    let tomorrow = NOW.plus(Span::from_days(1));
    assert_eq!(units(&one.lease_at(&[quota(token, 100, 9)], tomorrow).await.expect("leased")), [9]);
    other.close().await;
}

/// What a node spent while it was alone is not leased again, and rates are kept as quotas are.
pub async fn what_was_spent_alone_is_not_leased(fixture: &Fixture) {
    let (store, token) = (&fixture.store, token_id());
    let began_at = jeton_core::timestamp::Timestamp::from_seconds(NOW.as_seconds() / i64::from(DAY) * i64::from(DAY));
    store.keep_quotas(&[SpentQuota { token, refill_seconds: DAY, began_at, used: 95 }]).await.expect("kept");
    let together = Payer::Together { api: ApiId::from_random([1; 16]), key: [9; 16] };
    let spent = |payer, micros| SpentRate { payer, per_seconds: 1, state: RateState::from_micros(NOW.as_micros() + micros) };
    store.keep_rates(&[spent(together, 1_500_000), spent(Payer::Token(token), 500_000)]).await.expect("kept");
    store.keep_rates(&[spent(together, 100)]).await.expect("kept");
    let asks = [quota(token, 100, 9), rate(together, 9), rate(Payer::Token(token), 30)];
    assert_eq!(units(&store.lease_at(&asks, NOW).await.expect("leased")), [5, 5, 15]);
    let kept = store.rates_at(NOW).await.expect("read");
    assert_eq!(kept, {
        let mut all = vec![spent(together, 2_000_000), spent(Payer::Token(token), 2_000_000)];
        all.sort_by_key(|own| own.payer.to_string());
        all
    });
    assert_eq!(store.rates_at(NOW.plus(Span::from_seconds(3))).await.expect("read"), []);
    let late = NOW.plus(Span::from_days(30));
    while store.sweep_at(late, 10_000).await.expect("swept").more {}
    assert_eq!(store.rates_at(NOW).await.expect("read"), []);
    // Many at once, each for itself.
    let many: Vec<LeaseAsk> = (0..limits::LEASES_ASKED_MAX + 3).map(|_| quota(token_id(), 5, 2)).collect();
    assert_eq!(units(&store.lease_at(&many, NOW).await.expect("leased")), vec![2; many.len()]);
}

/// A row that was changed from outside gives nothing back.
pub async fn an_edited_ledger_leases_nothing(fixture: &Fixture) {
    let (store, token) = (&fixture.store, token_id());
    let asks = [quota(token, 100, 1), rate(Payer::Token(token), 1)];
    store.lease_at(&asks, NOW).await.expect("leased");
    assert_eq!(fixture.tamper("UPDATE quota_uses SET used = 0").await, 1);
    assert_eq!(fixture.tamper("UPDATE rate_uses SET next_at = 0").await, 1);
    assert_eq!(units(&store.lease_at(&asks, NOW).await.expect("answered")), [0, 0]);
}

/// The first is alone until it joins the others; who is gone without a word is taken away as it was seen, and not as it is.
pub async fn one_is_alone_or_none(fixture: &Fixture) {
    let store = &fixture.store;
    let beat = |node: &str, beat, joins, gone: &LimitCompany| LimitBeat { node: node.to_owned(), beat, joins, gone: gone.others.clone() };
    let nobody = LimitCompany::default();
    let told = async |asked: LimitBeat| store.beat_limits(asked).await.expect("written");
    assert!(told(beat("a", 1, false, &nobody)).await.alone);
    let b = told(beat("b", 1, false, &nobody)).await;
    assert_eq!((b.alone, b.others.iter().map(|seen| seen.alone).collect::<Vec<_>>()), (false, vec![true]));
    let a = told(beat("a", 2, false, &nobody)).await;
    assert_eq!((a.alone, a.others.len()), (true, 1), "until it has joined");
    assert!(!told(beat("b", 2, false, &b)).await.alone, "`a` was heard since");
    assert!(!told(beat("a", 3, true, &nobody)).await.alone);
    let b = told(beat("b", 3, false, &nobody)).await;
    assert_eq!((b.alone, b.others.first().expect("another").alone), (false, false));
    assert_eq!(
        told(beat("b", 4, false, &b)).await,
        LimitCompany { alone: true, known: true, others: Vec::new() },
        "`a` was not heard since"
    );
    // It comes again, and finds that it is not alone any more.
    let a = told(beat("a", 4, false, &nobody)).await;
    assert!(!a.alone && !a.known);
    fixture.tamper("UPDATE limit_nodes SET alone = 0 WHERE node = 'b'").await;
    assert!(told(beat("a", 5, false, &nobody)).await.others.first().expect("another").alone, "what is not marked is not believed");
    store.leave_limits("b").await.expect("gone");
    assert!(told(beat("a", 6, false, &nobody)).await.alone);
}
