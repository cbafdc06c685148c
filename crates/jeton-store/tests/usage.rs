//! Use as it is written and read back, on both engines.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use jeton_core::{
    id::{DecisionId, TokenId},
    limits,
    timestamp::{Span, Timestamp},
};
use jeton_store::{
    Engine, Store,
    testing::Place,
    usage::{GroupBy, LastUse, RefusalRow, UsageBatch, UsageDelta},
};

const NOON: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn token(number: u8) -> TokenId {
    TokenId::from_random([number; 16])
}
fn delta(token: TokenId, outcome: &str, network: &str, count: u64) -> UsageDelta {
    let (outcome, network) = (outcome.to_owned(), network.to_owned());
    UsageDelta { token, hour: NOON.hour(), outcome, route: "GET /v1/orders".into(), network, previous_secret: false, count }
}
fn last(token: TokenId, at: Timestamp, ip: &str, previous: Option<Timestamp>) -> LastUse {
    let previous_secret_ip = previous.map(|_| ip.to_owned());
    LastUse { token, at, client_ip: Some(ip.into()), user_agent: None, previous_secret_at: previous, previous_secret_ip }
}
fn refusal(number: u16, token: Option<TokenId>) -> RefusalRow {
    let mut random = [0; 16];
    random[..2].copy_from_slice(&number.to_be_bytes());
    RefusalRow {
        decision: DecisionId::from_random(random),
        at: NOON.plus(Span::from_seconds(u32::from(number))),
        token,
        code: "insufficient_scope".into(),
        cause: "scope `orders:write` is missing".into(),
        method: Some("POST".into()),
        path: Some("/v1/orders".into()),
        audience: None,
        scopes: "orders:write".into(),
        client_ip: Some("192.0.2.1".into()),
        user_agent: None,
    }
}

async fn counts(store: &Store, by: GroupBy) -> Vec<(String, u64, u64)> {
    let sums = store.usage_of(token(1), NOON, NOON.plus(Span::from_hours(1)), by).await.expect("reads");
    sums.into_iter().map(|sum| (sum.key, sum.count, sum.permitted)).collect()
}

async fn a_batch_counts_once(engine: Engine) {
    let place = Place::new(engine);
    let store = place.open().await;
    let deltas =
        vec![delta(token(1), "ok", "192.0.2.0/24", 3), delta(token(1), "expired", "-", 1), delta(token(1), "ok", "192.0.2.0/24", 2)];
    let batch = UsageBatch { deltas, ..UsageBatch::default() };
    for _ in 0..3 {
        store.flush_usage(&batch).await.expect("writes");
    }
    assert_eq!(counts(&store, GroupBy::Outcome).await, [("ok".into(), 5, 5), ("expired".into(), 1, 0)]);
    let again = UsageBatch { deltas: batch.deltas.clone(), ..UsageBatch::default() };
    store.flush_usage(&again).await.expect("writes");
    assert_eq!(counts(&store, GroupBy::Network).await, [("192.0.2.0/24".into(), 10, 10), ("-".into(), 2, 0)]);
    assert_eq!(counts(&store, GroupBy::Hour).await, [(NOON.hour().to_string(), 12, 10)]);
    let networks: Vec<String> = store.sightings_of(token(1)).await.expect("reads").into_iter().map(|seen| seen.network).collect();
    assert_eq!(networks, ["-", "192.0.2.0/24"]);
    store.close().await;
}

async fn the_newest_use_wins(engine: Engine) {
    let place = Place::new(engine);
    let store = place.open().await;
    let later = NOON.plus(Span::from_seconds(9));
    let batches = [
        vec![last(token(1), later, "192.0.2.9", None)],
        vec![last(token(1), NOON, "192.0.2.1", Some(NOON)), last(token(2), NOON, "::1", None)],
    ];
    for last in batches {
        store.flush_usage(&UsageBatch { last, ..UsageBatch::default() }).await.expect("writes");
    }
    let found = store.last_use(token(1)).await.expect("reads").expect("is there");
    assert_eq!((found.at, found.client_ip.as_deref()), (later, Some("192.0.2.9")));
    assert_eq!((found.previous_secret_at, found.previous_secret_ip.as_deref()), (Some(NOON), Some("192.0.2.1")));
    assert_eq!(store.last_uses(&[token(1), token(2), token(3)]).await.expect("reads").len(), 2);
    store.close().await;
}

async fn refusals_are_found_and_bounded(engine: Engine) {
    let place = Place::new(engine);
    let store = place.open().await;
    let many: Vec<RefusalRow> = (0..2500).map(|number| refusal(number, Some(token(1)))).chain([refusal(9000, None)]).collect();
    store.flush_usage(&UsageBatch { refusals: many.clone(), ..UsageBatch::default() }).await.expect("writes");
    let kept = store.refusals_of(token(1), usize::MAX).await.expect("reads");
    assert_eq!(kept.len(), limits::REFUSALS_PER_TOKEN);
    assert_eq!(kept[0], many[2499]);
    assert_eq!(store.refusal(many[2500].decision).await.expect("reads").as_ref(), Some(&many[2500]));
    assert_eq!(store.refusal(many[0].decision).await.expect("reads"), None);
    store.close().await;
}

macro_rules! both {
    ($($law:ident),* $(,)?) => {
        mod sqlite { $(#[tokio::test] async fn $law() { super::$law(jeton_store::Engine::Sqlite).await; })* }
        mod postgres { $(#[tokio::test] async fn $law() { super::$law(jeton_store::Engine::Postgres).await; })* }
    };
}
both!(a_batch_counts_once, the_newest_use_wins, refusals_are_found_and_bounded);
