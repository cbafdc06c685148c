//! A database that hangs: hits are served while the memory may be believed, then nothing passes, then it heals by itself.

use super::{
    caller::{gate_route, gate_status},
    installation::{Installation, until},
};
use jeton_store::testing::Cluster;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_database_never_lets_anything_pass_that_it_should_not() {
    let cluster = Cluster::start();
    let staleness = Duration::from_millis(2000);
    let more = format!("[gate]\nmax_staleness_ms = 2000\n\n{}", gate_route());
    let installation = Installation::over(&cluster.fresh_database(), &more);
    let node = installation.start().await;
    let owner = installation.owner_of(&node);
    owner.declare_api().await;
    let (known, cold) = (owner.issue("known").await, owner.issue("cold").await);
    assert_eq!(gate_status(&node, &known.text).await, 200);

    cluster.pause();
    let stopped = Instant::now();
    // A hit right after the stop: the memory was confirmed less than `max_staleness` ago.
    let hit = gate_status(&node, &known.text).await;
    let took = stopped.elapsed();
    assert!(hit == 200 || took > staleness / 2, "a token in memory was answered {hit} after {took:?}");
    let begun = until("the memory is not believed any more", async || {
        let asked = Instant::now();
        let status = gate_status(&node, &known.text).await;
        assert!(matches!(status, 200 | 503), "{status}");
        assert!(
            status == 503 || asked.duration_since(stopped) < staleness + Duration::from_secs(3),
            "a memory that was not confirmed for {:?} still lets pass",
            asked.duration_since(stopped)
        );
        (status == 503).then_some(stopped.elapsed())
    })
    .await;
    println!("the first 503 came {begun:?} after the database stopped");
    for _ in 0..5 {
        assert_eq!(gate_status(&node, &known.text).await, 503, "it passes again while the database stands still");
        assert_eq!(gate_status(&node, &cold.text).await, 503, "what cannot be looked up must not pass");
    }
    let live = reqwest::get(format!("http://{}/livez", node.ops)).await.expect("an answer");
    assert!(live.status().is_success(), "the process counts as dead while its database stands still");

    cluster.resume();
    until("it heals by itself", async || (gate_status(&node, &known.text).await == 200).then_some(())).await;
    until("what was never in memory passes too", async || (gate_status(&node, &cold.text).await == 200).then_some(())).await;
    assert_eq!(owner.verify(&known.text).await, "ok");
}
