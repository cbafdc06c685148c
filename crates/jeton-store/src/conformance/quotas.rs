//! Spent quotas: kept while their window runs, the most that anybody counted, and nothing given back by an edit.

use super::fixture::{Fixture, NOW, token_id};
use crate::quota::SpentQuota;
use jeton_core::{
    limits,
    timestamp::{Span, Timestamp},
};

/// The start of the window of a day in which the cases play.
fn today() -> Timestamp {
    let day = Span::from_days(1).as_micros();
    Timestamp::from_micros(NOW.as_micros().div_euclid(day) * day)
}

fn spent(used: u64) -> SpentQuota {
    SpentQuota { token: token_id(), refill_seconds: 86_400, began_at: today(), used }
}

/// What was spent is read again while its window runs: the most that any process counted.
pub async fn what_was_spent_is_kept_while_its_window_runs(fixture: &Fixture) {
    let store = &fixture.store;
    let (own, other) = (spent(5), spent(7));
    let hourly = SpentQuota { refill_seconds: 3600, began_at: NOW.hour(), ..own };
    store.keep_quotas(&[own, other, hourly]).await.expect("kept");
    // Another process counted less, and then more.
    store.keep_quotas(&[SpentQuota { used: 4, ..own }, SpentQuota { used: 9, ..other }]).await.expect("kept");
    let sorted = |mut all: Vec<SpentQuota>| {
        all.sort_by_key(|one| (one.used, one.refill_seconds));
        all
    };
    let kept = sorted(store.quotas_at(NOW).await.expect("read"));
    assert_eq!(kept, [hourly, own, SpentQuota { used: 9, ..other }]);
    // The next window begins at nothing, and the old one does not come back.
    let next = SpentQuota { began_at: today().plus(Span::from_days(1)), used: 1, ..own };
    store.keep_quotas(&[next]).await.expect("kept");
    store.keep_quotas(&[own]).await.expect("kept");
    assert_eq!(store.quotas_at(next.began_at).await.expect("read"), [next]);
    // Many more than one batch.
    let many: Vec<SpentQuota> = (0..limits::STEP_ROWS * 2 + 3).map(|_| spent(1)).collect();
    store.keep_quotas(&many).await.expect("kept");
    assert_eq!(store.quotas_at(NOW).await.expect("read").len(), many.len() + 3);
    let late = NOW.plus(Span::from_days(30));
    while store.sweep_at(late, 10_000).await.expect("swept").more {}
    assert_eq!(store.quotas_at(NOW).await.expect("read"), []);
}

/// A row that was changed from outside counts as spent whole.
pub async fn an_edit_gives_nothing_back(fixture: &Fixture) {
    let own = spent(5);
    fixture.store.keep_quotas(&[own]).await.expect("kept");
    for edit in
        ["UPDATE quota_uses SET used = 0", "UPDATE quota_uses SET used = 5, began_at = 0", "UPDATE quota_uses SET refill_seconds = 1"]
    {
        assert_eq!(fixture.tamper(edit).await, 1);
        let kept = fixture.store.quotas_at(NOW).await.expect("read");
        assert_eq!(kept, [SpentQuota { used: limits::ALLOWANCE_MAX, ..own }], "{edit}");
    }
}
