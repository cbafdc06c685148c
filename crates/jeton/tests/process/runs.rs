//! Kills the program while it revokes many tokens: the run is gone on with by the same program when it is back, or by another node, and
//! comes to its end; each token is revoked once.

use super::{
    caller::{Caller, Issued, issued, order},
    installation::{Installation, until},
};
use futures_util::{StreamExt, stream};
use jeton_store::testing::Cluster;
use serde_json::{Value, json};
use std::time::Duration;

/// More than two batches.
const TOKENS: usize = 450;

async fn issue_many(owner: &Caller, subject: &str) -> Vec<Issued> {
    let one = |number: usize| async move {
        let mut body = order(&format!("{subject} {number}"));
        body["subject"] = json!(subject);
        issued(&owner.expect(201, "POST", "/v1/tokens", Some(body)).await)
    };
    stream::iter(0..TOKENS).map(one).buffer_unordered(32).collect().await
}

/// Begins a run over a search that no cut is the same as; gives its id.
async fn begin(owner: &Caller, subject: &str) -> String {
    let body = json!({"filter": {"subject": subject, "kind": "key"}, "expected": TOKENS, "reason": "test"});
    let run = owner.expect(202, "POST", "/v1/tokens/revoke-many", Some(body)).await;
    // The moment at which the program dies is what is drawn.
    tokio::time::sleep(Duration::from_millis(rand::random_range(0..40))).await;
    run["id"].as_str().expect("an id").to_owned()
}

async fn ends(owner: &Caller, id: &str, tokens: &[Issued]) {
    let run: Value = until("the run comes to its end", async || {
        let run = owner.expect(200, "GET", &format!("/v1/tokens/revoke-many/{id}"), None).await;
        (run["state"] != "running").then_some(run)
    })
    .await;
    assert_eq!((&run["state"], &run["revoked"], &run["found"]), (&json!("done"), &json!(TOKENS), &json!(TOKENS)), "{run}");
    for token in tokens {
        assert_eq!(owner.verify(&token.text).await, "revoked");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_goes_on_after_a_restart() {
    let installation = Installation::on_sqlite("deadline_ms = 20000\n\n[log]\nlevel = \"warn\"\n");
    let mut node = installation.start().await;
    installation.owner_of(&node).declare_api().await;
    for round in 0..2 {
        let owner = installation.owner_of(&node);
        let tokens = issue_many(&owner, &format!("robot/{round}")).await;
        let id = begin(&owner, &format!("robot/{round}")).await;
        // A kill, and an orderly end.
        match round {
            0 => node.kill(),
            _ => assert!(node.stop().await.0.success()),
        }
        node = installation.start().await;
        ends(&installation.owner_of(&node), &id, &tokens).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_gone_on_with_by_another_node() {
    let installation = Installation::over(&Cluster::shared().fresh_database(), "deadline_ms = 20000\n\n[log]\nlevel = \"warn\"\n");
    let (one, other) = (installation.start().await, installation.start().await);
    let owner = installation.owner_of(&one);
    owner.declare_api().await;
    let tokens = issue_many(&owner, "robot/7").await;
    let id = begin(&owner, "robot/7").await;
    one.kill();
    ends(&installation.owner_of(&other), &id, &tokens).await;
}
