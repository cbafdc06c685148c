//! The conformance suite on PostgreSQL, and what only a server can do: hang, die, and wake its clients.

use jeton_store::{
    Engine, OpenOptions, Store, StoreError,
    conformance::Fixture,
    testing::{Cluster, Place},
};
use std::time::{Duration, Instant};

jeton_store::conformance!(jeton_store::Engine::Postgres);

/// A server that hangs gives no error by itself: every operation ends at its deadline, and goes on when the server does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_or_dies_is_unavailable_and_heals() {
    let (cluster, place) = (Cluster::start(), Place::new(Engine::Sqlite));
    let store = open(&cluster, &place).await.expect("opens");
    let find = || store.find_token(jeton_core::id::TokenId::from_random([1; 16]));
    heals(&store).await;

    cluster.pause();
    let asked = Instant::now();
    let actor = jeton_store::audit::Actor::system(jeton_core::timestamp::Timestamp::from_seconds(0));
    let (found, written) = tokio::join!(find(), store.remove_ended_keys(&actor));
    assert!(matches!(found, Err(StoreError::Unavailable(_))), "{found:?}");
    assert!(matches!(written, Err(StoreError::Unavailable(_))), "{written:?}");
    assert!(asked.elapsed() < Duration::from_secs(10));
    cluster.resume();
    heals(&store).await;

    cluster.kill();
    assert!(matches!(find().await, Err(StoreError::Unavailable(_))));
    cluster.restart();
    heals(&store).await;
    store.close().await;
}

/// A store on a server of the test's own, whose operations end after a second.
async fn open(cluster: &Cluster, place: &Place) -> Result<Store, StoreError> {
    let options = OpenOptions { url: cluster.fresh_database(), deadline: Duration::from_secs(1), ..place.options() };
    Store::open(options).await
}

async fn heals(store: &Store) {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let actor = jeton_store::audit::Actor::system(jeton_core::timestamp::Timestamp::from_seconds(0));
        let read = store.find_token(jeton_core::id::TokenId::from_random([1; 16])).await;
        let written = store.remove_ended_keys(&actor).await;
        if read.is_ok() && written.is_ok() {
            return;
        }
        assert!(Instant::now() < end, "it did not heal: {read:?} {written:?}");
        tokio::task::yield_now().await;
    }
}

/// What looks at a whole table may take longer than what somebody waits for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_counted_with_patience() {
    let (cluster, place) = (Cluster::start(), Place::new(Engine::Sqlite));
    let store = open(&cluster, &place).await.expect("opens");
    heals(&store).await;
    cluster.pause();
    let in_a_hurry = async {
        let found = store.find_token(jeton_core::id::TokenId::from_random([1; 16])).await;
        cluster.resume();
        found
    };
    let (counted, gaps, found) = tokio::join!(store.count_tokens(), store.verify_changes(), in_a_hurry);
    assert!(matches!(found, Err(StoreError::Unavailable(_))), "{found:?}");
    assert_eq!((counted.expect("counted"), gaps.expect("looked through")), (0, Vec::new()));
    // The patience ends with what it was for.
    cluster.pause();
    let (asked, found) = (Instant::now(), store.find_token(jeton_core::id::TokenId::from_random([1; 16])).await);
    assert!(found.is_err() && asked.elapsed() < Duration::from_secs(5), "{found:?}");
    cluster.resume();
    heals(&store).await;
    store.close().await;
}

/// A commit of one process wakes another that listens.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_wake_other_processes() {
    let fixture = Fixture::new(Engine::Postgres).await;
    let mut wake_ups = fixture.store.listen();
    // The first one tells that listening has begun.
    wake_ups.next().await;
    fixture.issue_one().await;
    tokio::time::timeout(Duration::from_secs(10), wake_ups.next()).await.expect("woken");
}
