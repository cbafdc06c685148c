//! What is leased is counted, what is given back comes back once, and nothing that asks wrongly gets anything.

use super::*;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn token() -> Payer {
    Payer::Token(TokenId::from_random([3; 16]))
}

fn ask(limit: Measure, least: u32, wanted: u64, ahead: u64) -> LeaseAsk {
    LeaseAsk { payer: token(), limit, least, wanted, ahead, below: None }
}

fn quota(requests: u64) -> Quota {
    Quota { requests, refill_seconds: 60 }
}

#[test]
fn a_quota_is_leased_until_it_is_empty_and_no_further() {
    let (own, mut state) = (quota(100), QuotaState::default());
    let first = own.lease_at(&mut state, &ask(Measure::Quota(own), 1, 10, 50), NOW);
    assert_eq!((first.units, first.left, first.retry_micros), (10 + 100 / limits::LEASE_PART, 100 - 10 - 100 / limits::LEASE_PART, None));
    assert_eq!(first.window_micros, Some(NOW.as_micros()));
    let mut all = first.units;
    loop {
        let next = own.lease_at(&mut state, &ask(Measure::Quota(own), 1, 1, 50), NOW);
        all += next.units;
        if let Some(retry) = next.retry_micros {
            assert_eq!((next.units, retry), (0, 60_000_000));
            break;
        }
    }
    assert_eq!(all, 100);
    state.take_back(NOW, 7);
    assert_eq!(own.lease_at(&mut state, &ask(Measure::Quota(own), 8, 8, 0), NOW).units, 0, "all that helps or nothing");
    assert_eq!(own.lease_at(&mut state, &ask(Measure::Quota(own), 1, 8, 0), NOW).units, 7);
    state.take_back(NOW.minus(Span::from_seconds(60)), 7);
    assert_eq!(own.lease_at(&mut state, &ask(Measure::Quota(own), 1, 1, 0), NOW).units, 0, "what was of another window is gone with it");
    let later = NOW.plus(Span::from_seconds(59));
    assert_eq!(own.lease_at(&mut state, &ask(Measure::Quota(own), 1, 1, 0), later).retry_micros, Some(1_000_000));
}

#[test]
fn a_rate_is_leased_at_its_pace_and_for_a_moment() {
    let rate = Rate { requests: 10, per_seconds: 1, burst: Some(3) };
    let mut state = RateState::default();
    let all = rate.lease_at(&mut state, &ask(Measure::Rate(rate), 1, 5, 0), NOW);
    assert_eq!((all.units, all.left, all.life_micros), (3, 0, limits::LEASE_LIFE.as_micros()));
    let none = rate.lease_at(&mut state, &ask(Measure::Rate(rate), 2, 2, 0), NOW);
    assert_eq!((none.units, none.retry_micros), (0, Some(200_000)));
    let later = NOW.plus(Span::from_millis(100));
    assert_eq!(rate.lease_at(&mut state, &ask(Measure::Rate(rate), 1, 2, 9), later).units, 1);
}

#[test]
fn who_spends_is_written_as_it_is_read() {
    let together = Payer::Together { api: ApiId::from_random([1; 16]), key: [0xab; 16] };
    for own in [token(), together] {
        assert_eq!(own.to_string().parse::<Payer>().expect("read"), own);
    }
    let text = together.to_string();
    for bad in ["", "x", &text.to_uppercase(), &text[1..], &format!("{text}0"), &text.replace("ab", "+b")] {
        assert!(bad.parse::<Payer>().is_err(), "{bad}");
    }
    let asked = ask(Measure::Quota(quota(5)), 1, 2, 3);
    let text = serde_json::to_string(&asked).expect("written");
    assert_eq!(serde_json::from_str::<LeaseAsk>(&text).expect("read"), asked);
    let zero = Rate { requests: 0, per_seconds: 1, burst: None };
    for bad in [
        ask(Measure::Rate(zero), 1, 1, 1),
        ask(Measure::Quota(quota(5)), limits::COST_MAX + 1, 1, 1),
        ask(Measure::Quota(quota(5)), 1, u64::MAX, 1),
        LeaseAsk { payer: together, ..asked },
    ] {
        assert!(bad.validate().is_err(), "{bad:?}");
    }
    assert_eq!(asked.validate(), Ok(()));
}

proptest! {
    /// Whoever leases whatever at whatever times: in any stretch a rate leases at most its burst and its pace.
    #[test]
    fn a_rate_never_leases_more_than_it_allows(
        requests in 1u64..500, per_seconds in 1u32..100, burst in 1u64..500,
        asks in proptest::collection::vec((0i64..2_000_000, 0u32..20, 0u64..400, 0u64..400), 1..60),
    ) {
        let rate = Rate { requests, per_seconds, burst: Some(burst) };
        let (mut state, mut now, mut leased) = (RateState::default(), NOW, Vec::new());
        for (wait, least, wanted, ahead) in asks {
            now = now.plus(Span::from_micros(wait));
            let lease = rate.lease_at(&mut state, &ask(Measure::Rate(rate), least, wanted, ahead), now);
            prop_assert!(lease.units <= wanted + ahead);
            leased.push((now, lease.units));
        }
        for (from, (begin, _)) in leased.iter().enumerate() {
            let mut sum = 0;
            for (end, units) in leased.iter().skip(from) {
                sum += i128::from(*units);
                let micros = i128::from(end.since(*begin).as_micros());
                let most = i128::from(burst) * i128::from(per_seconds) * 1_000_000 + micros * i128::from(requests);
                prop_assert!(sum * i128::from(per_seconds) * 1_000_000 <= most, "{sum} units in {micros} µs");
            }
        }
    }
}
