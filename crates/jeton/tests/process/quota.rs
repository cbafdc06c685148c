//! A quota counts on across restarts: exactly after an orderly end, and after a power cut but for the last seconds.

use super::{
    caller::{Caller, Issued, issued},
    installation::{AUDIENCE, Installation, until},
};
use jeton_store::testing::Cluster;
use serde_json::json;

/// Longer than any test: no window ends in between.
const WINDOW_SECONDS: u32 = 31_622_400;

async fn issue(owner: &Caller, name: &str, requests: u64) -> Issued {
    let limits =
        json!({"quotas": [{"requests": requests, "refill_seconds": WINDOW_SECONDS}], "rates": [{"requests": 1000, "per_seconds": 1}]});
    let order = json!({"kind": "key", "name": name, "audience": [AUDIENCE], "scopes": ["orders:read"], "limits": limits});
    issued(&owner.expect(201, "POST", "/v1/tokens", Some(order)).await)
}

/// Spends one request; gives the code, and what is left of the quota.
async fn spend(owner: &Caller, token: &Issued) -> (String, u64) {
    let answer = owner.expect(200, "POST", "/v1/verify", Some(json!({"token": token.text, "audience": AUDIENCE}))).await;
    let limits = answer["limits"].as_array().expect("limits");
    let quota = limits.iter().find(|limit| limit["name"] == "quota").unwrap_or_else(|| panic!("no quota in {answer}"));
    (answer["code"].as_str().expect("a code").to_owned(), quota["remaining"].as_u64().expect("what remains"))
}

/// Uses another token and waits until that is written: what was spent before is written by then.
async fn flushed(owner: &Caller, number: u8) {
    for round in 0..2 {
        let other = issue(owner, &format!("other {number} {round}"), 10).await;
        spend(owner, &other).await;
        until("use is written", async || {
            let usage = owner.expect(200, "GET", &format!("/v1/tokens/{}/usage", other.id), None).await;
            usage.to_string().contains("\"count\":1").then_some(())
        })
        .await;
    }
}

async fn survives(installation: Installation) {
    let node = installation.start().await;
    let owner = installation.owner_of(&node);
    owner.declare_api().await;
    let token = issue(&owner, "monthly", 10).await;
    for left in [9, 8, 7, 6] {
        assert_eq!(spend(&owner, &token).await, ("ok".to_owned(), left));
    }
    let (status, said) = node.stop().await;
    assert!(status.success(), "ended with {status}:\n{said}");

    let node = installation.start().await;
    let owner = installation.owner_of(&node);
    for left in [5, 4, 3] {
        assert_eq!(spend(&owner, &token).await, ("ok".to_owned(), left));
    }
    flushed(&owner, 1).await;
    node.kill();

    let node = installation.start().await;
    let owner = installation.owner_of(&node);
    for left in [2, 1, 0] {
        assert_eq!(spend(&owner, &token).await, ("ok".to_owned(), left));
    }
    assert_eq!(spend(&owner, &token).await, ("quota_exhausted".to_owned(), 0));
    node.stop().await;
    let node = installation.start().await;
    assert_eq!(spend(&installation.owner_of(&node), &token).await, ("quota_exhausted".to_owned(), 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_survives_restarts_on_sqlite() {
    survives(Installation::on_sqlite("")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_survives_restarts_on_postgresql() {
    let database = tokio::task::spawn_blocking(|| Cluster::shared().fresh_database()).await.expect("a database");
    survives(Installation::over(&database, "")).await;
}
