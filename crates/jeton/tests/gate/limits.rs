//! Limits that gates and their authority spend together, as real processes: no quota is permitted twice, whoever is killed.

use super::{
    caller::{Caller, Issued, gate_status, issued},
    installation::{AUDIENCE, until},
    rig::{Authority, Gate, GateHouse},
};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

/// Longer than any test: no window ends in between.
const WINDOW_SECONDS: u32 = 31_622_400;

async fn issue(authority: &Authority, limits: Value) -> Issued {
    let order = json!({"kind": "key", "name": "limited", "audience": [AUDIENCE], "scopes": ["orders:read"], "limits": limits});
    issued(&authority.owner.expect(201, "POST", "/v1/tokens", Some(order)).await)
}

fn quota(requests: u64) -> Value {
    json!({"quotas": [{"requests": requests, "refill_seconds": WINDOW_SECONDS}]})
}

/// An authority that checks calls itself besides.
async fn authority() -> Authority {
    Authority::of(super::installation::Installation::on_sqlite(&super::caller::gate_route())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn gates_tell_what_is_left_for_all() {
    let authority = authority().await;
    let token = issue(&authority, quota(30)).await;
    let credential = authority.gate_token(&[AUDIENCE]).await;
    let houses =
        [GateHouse::following(&authority.node.url(), &credential, ""), GateHouse::following(&authority.node.url(), &credential, "")];
    let gates = [houses[0].launch().ready().await, houses[1].launch().ready().await];
    let mut left = 30;
    let mut ticks = tokio::time::interval(Duration::from_millis(300));
    for round in 0..8 {
        ticks.tick().await;
        left -= 1;
        let said = gates[round % 2].ask(&token.text).await;
        assert_eq!((said.status, said.left), (200, Some(left)));
        if round % 4 == 3 {
            left -= 1;
            assert_eq!(gate_status(&authority.node, &token.text).await, 200);
        }
    }
    // In order: what a gate holds it gives back.
    let [first, second] = gates;
    for _ in 0..5 {
        left -= 1;
        assert_eq!(first.ask(&token.text).await.status, 200);
    }
    first.stop().await;
    ticks.tick().await;
    left -= 1;
    assert_eq!(second.ask(&token.text).await.left, Some(left));
    assert!(second.metric("jeton_limit_leases_total{result=\"leased\"}").await >= 4.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_quota_is_permitted_twice_whoever_is_killed() {
    const ALL: u64 = 2500;
    let authority = authority().await;
    let token = issue(&authority, quota(ALL)).await;
    let credential = authority.gate_token(&[AUDIENCE]).await;
    let houses =
        [GateHouse::following(&authority.node.url(), &credential, ""), GateHouse::following(&authority.node.url(), &credential, "")];
    let (first, second) = (Arc::new(houses[0].launch().ready().await), Arc::new(houses[1].launch().ready().await));
    let (passed, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let load = |gate: &Arc<Gate>, over: &Arc<AtomicBool>| {
        let (gate, text, passed, over) = (Arc::clone(gate), token.text.clone(), Arc::clone(&passed), Arc::clone(over));
        tokio::spawn(async move {
            while !over.load(Ordering::Acquire) {
                if gate.try_ask(&text).await.is_some_and(|said| said.status == 200) {
                    passed.fetch_add(1, Ordering::AcqRel);
                }
            }
        })
    };
    let over_second = Arc::new(AtomicBool::new(false));
    let mut callers = vec![load(&first, &over), load(&first, &over)];
    let of_second = vec![load(&second, &over_second), load(&second, &over_second)];
    let reached = async |wanted: u64| {
        until(&format!("{wanted} pass"), async || (passed.load(Ordering::Acquire) >= wanted).then_some(())).await;
    };
    reached(600).await;
    // One gate is killed in the middle of it, and comes again.
    second.signal("-KILL");
    over_second.store(true, Ordering::Release);
    for caller in of_second {
        caller.await.expect("a caller");
    }
    reached(1000).await;
    drop(second);
    let second = Arc::new(houses[1].launch().ready().await);
    callers.push(load(&second, &over));
    reached(1400).await;
    // The authority is killed, and comes again: what it leased is not forgotten.
    let authority = authority.kill().start().await;
    let done = until("nothing is left", async || {
        let refused = [first.ask(&token.text).await, second.ask(&token.text).await];
        refused.iter().all(|said| said.status == 429 && said.retry_after).then_some(passed.load(Ordering::Acquire))
    })
    .await;
    over.store(true, Ordering::Release);
    for caller in callers {
        caller.await.expect("a caller");
    }
    let passed = passed.load(Ordering::Acquire);
    println!("{passed} of {ALL} passed ({done} when both refused)");
    assert!(passed <= ALL, "{passed} passed");
    assert!(passed > ALL / 2, "only {passed} passed: more was lost than was held");
    assert_eq!(gate_status(&authority.node, &token.text).await, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_authority_each_limit_says_what_becomes_of_a_call() {
    let mut authority = authority().await;
    let limit = |on_unavailable: &str| json!([{"per": "subject", "requests": 1000, "per_seconds": 60, "on_unavailable": on_unavailable}]);
    authority.edit_api(json!({"limits": limit("allow"), "serve_stale_seconds": 600})).await;
    let (free, limited) = (authority.owner.issue("free").await, issue(&authority, quota(1000)).await);
    let credential = authority.gate_token(&[AUDIENCE]).await;
    let house = GateHouse::following(&authority.node.url(), &credential, "");
    let gate = house.launch().ready().await;
    for token in [&free, &limited] {
        assert_eq!(gate.ask(&token.text).await.status, 200);
    }
    let dead = authority.kill();
    until("the gate has used up what it held", async || (gate.ask(&limited.text).await.status == 503).then_some(())).await;
    assert_eq!(gate.ask(&free.text).await.status, 200, "the API's limit says so");
    let mut authority = dead.start().await;
    gate.comes_to(&limited.text, 200).await;
    let known = gate.metric("jeton_gate_revision").await;
    authority.edit_api(json!({"limits": limit("deny")})).await;
    until("the gate knows of it", async || (gate.metric("jeton_gate_revision").await > known).then_some(())).await;
    assert_eq!(gate.ask(&free.text).await.status, 200);
    let _dead = authority.kill();
    until("the gate refuses", async || (gate.ask(&free.text).await.status == 503).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_leases_of_what_it_guards_and_of_nothing_else() {
    let mut authority = authority().await;
    authority.edit_api(json!({"limits": [{"per": "everybody", "requests": 50, "per_seconds": 3600}]})).await;
    let other = json!({"audience": "https://other.example.test", "name": "Other", "scopes": [{"scope": "things:read"}]});
    let other = authority.owner.expect(201, "POST", "/v1/apis", Some(other)).await;
    let own = issue(&authority, quota(100)).await;
    let order = json!({"kind": "key", "name": "other", "audience": ["https://other.example.test"], "scopes": ["things:read"], "limits": quota(100)});
    let foreign = issued(&authority.owner.expect(201, "POST", "/v1/tokens", Some(order)).await);
    let parent = json!({"kind": "key", "name": "parent", "audience": [AUDIENCE], "scopes": ["orders:read"], "limits": quota(100)});
    let parent = issued(&authority.owner.expect(201, "POST", "/v1/tokens", Some(parent)).await);
    let credential = authority.gate_token(&[AUDIENCE]).await;
    let caller = Caller::new(&authority.node.url(), &credential.text);
    let lease = async |asks: Value| {
        let answer = caller.expect(200, "POST", "/v1/gate/leases", Some(json!({ "asks": asks }))).await;
        let leases = answer["leases"].as_array().expect("leases").clone();
        leases.iter().map(|lease| lease["units"].as_u64().expect("units")).collect::<Vec<_>>()
    };
    let of = |id: &str, requests: u64, wanted: u64| {
        let limit = json!({"quota": {"requests": requests, "refill_seconds": WINDOW_SECONDS}});
        json!({"payer": id, "limit": limit, "least": 1, "wanted": wanted, "ahead": 0})
    };
    let key = "0123456789abcdef".repeat(2);
    let of_api = |api: &Value, requests: u64| {
        let limit = json!({"rate": {"requests": requests, "per_seconds": 3600}});
        json!({"payer": format!("{}-{key}", api["id"].as_str().expect("an id")), "limit": limit, "least": 1, "wanted": 60, "ahead": 0})
    };
    let asks = json!([
        of(&own.id, 100, 60),
        of(&foreign.id, 100, 60),
        of(&own.id, 101, 60),
        of_api(&authority.api, 50),
        of_api(&authority.api, 51),
        of_api(&other, 50),
        of(&credential.id, 100, 1),
        of(&parent.id, 100, 1)
    ]);
    assert_eq!(lease(asks).await, [60, 0, 0, 50, 0, 0, 0, 1]);
    assert_eq!(lease(json!([of(&own.id, 100, 60)])).await, [40]);
    // What it gives back is there again, once, and of the right window only.
    let window = caller.expect(200, "POST", "/v1/gate/leases", Some(json!({"asks": [of(&parent.id, 100, 1)]}))).await;
    let window = window["leases"][0]["window_micros"].clone();
    let back = |id: &str, window: &Value| json!({"token": id, "refill_seconds": WINDOW_SECONDS, "window_micros": window, "units": 10});
    let given = json!({"back": [back(&own.id, &window), back(&own.id, &json!(5)), back(&foreign.id, &window)]});
    let neighbour = authority.gate_token(&["https://other.example.test"]).await;
    let neighbour = Caller::new(&authority.node.url(), &neighbour.text);
    let all = json!({"asks": [of(&foreign.id, 100, 100)]});
    let taken = neighbour.expect(200, "POST", "/v1/gate/leases", Some(all.clone())).await;
    assert_eq!((&taken["leases"][0]["units"], &taken["leases"][0]["window_micros"]), (&json!(100), &window));
    caller.expect(200, "POST", "/v1/gate/leases", Some(given)).await;
    assert_eq!(lease(json!([of(&own.id, 100, 60)])).await, [10]);
    let again = neighbour.expect(200, "POST", "/v1/gate/leases", Some(all)).await;
    assert_eq!(again["leases"][0]["units"], 0, "nobody gives back what another gate's tokens spent");
    let mut wrong = of(&own.id, 100, 1);
    wrong["more"] = json!(1);
    let zero = json!({"payer": own.id, "limit": {"rate": {"requests": 0, "per_seconds": 1}}, "least": 1, "wanted": 1, "ahead": 0});
    for bad in [wrong, zero, of("x", 100, 1), of(&own.id, 100, u64::MAX), json!(null), json!({})] {
        caller.expect(400, "POST", "/v1/gate/leases", Some(json!({"asks": [bad]}))).await;
    }
    let many: Vec<Value> = (0..600).map(|_| of(&own.id, 100, 1)).collect();
    caller.expect(400, "POST", "/v1/gate/leases", Some(json!({ "asks": many }))).await;
}
