//! Two real nodes on one PostgreSQL spend one quota: never twice, also when one is killed in the middle.

use super::{
    caller::{Issued, gate_route, gate_status, issued},
    installation::{AUDIENCE, Installation, until},
};
use jeton_store::testing::Cluster;
use serde_json::json;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// Longer than the test: no window ends in between.
const WINDOW_SECONDS: u32 = 31_622_400;
const ALL: u64 = 2000;

/// Calls at a node until told to end, and counts what passed.
fn load(address: SocketAddr, token: &Issued, passed: &Arc<AtomicU64>, over: &Arc<AtomicBool>) -> tokio::task::JoinHandle<()> {
    let (text, passed, over) = (token.text.clone(), Arc::clone(passed), Arc::clone(over));
    tokio::spawn(async move {
        let client = reqwest::Client::new();
        while !over.load(Ordering::Acquire) {
            let request = client.get(format!("http://{address}/gate/check")).bearer_auth(&text);
            let request = request.header("x-original-method", "GET").header("x-original-uri", "/v1/orders/7").send();
            if request.await.is_ok_and(|answer| answer.status() == 200) {
                passed.fetch_add(1, Ordering::AcqRel);
            }
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_nodes_spend_one_quota() {
    let installation = Installation::over(&Cluster::shared().fresh_database(), &gate_route());
    let one = installation.start().await;
    let owner = installation.owner_of(&one);
    owner.declare_api().await;
    let limits = json!({"quotas": [{"requests": ALL, "refill_seconds": WINDOW_SECONDS}]});
    let order = json!({"kind": "key", "name": "shared", "audience": [AUDIENCE], "scopes": ["orders:read"], "limits": limits});
    let token = issued(&owner.expect(201, "POST", "/v1/tokens", Some(order)).await);
    let (passed, over, over_other) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let reached = async |wanted: u64| {
        until(&format!("{wanted} pass"), async || (passed.load(Ordering::Acquire) >= wanted).then_some(())).await;
    };
    // It is alone, and then it is not.
    let callers = [load(one.address, &token, &passed, &over), load(one.address, &token, &passed, &over)];
    reached(300).await;
    let other = installation.start().await;
    let of_other = [load(other.address, &token, &passed, &over_other), load(other.address, &token, &passed, &over_other)];
    reached(900).await;
    other.kill();
    over_other.store(true, Ordering::Release);
    for caller in of_other {
        caller.await.expect("a caller");
    }
    // What the dead one held is lost; all the rest is there for who is left.
    until("nothing is left", async || (gate_status(&one, &token.text).await == 429).then_some(())).await;
    over.store(true, Ordering::Release);
    for caller in callers {
        caller.await.expect("a caller");
    }
    let passed = passed.load(Ordering::Acquire);
    println!("{passed} of {ALL} passed");
    assert!(passed <= ALL, "{passed} passed");
    assert!(passed > ALL / 2, "only {passed} passed");
    let later = installation.start().await;
    assert_eq!(gate_status(&later, &token.text).await, 429);
}
