//! What a gate may know: tokens for the APIs that its own token names, of its own organisation, and nothing else.

use super::{
    caller::{Caller, gate_status, issued},
    installation::{AUDIENCE, Installation},
    rig::{Authority, GateHouse, ISSUER},
};
use serde_json::{Value, json};

const OTHER: &str = "https://other.example.test";

async fn declare_other(authority: &Authority) -> Value {
    let other = json!({"audience": OTHER, "name": "Other", "scopes": [{"scope": "things:read"}]});
    authority.owner.expect(201, "POST", "/v1/apis", Some(other)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn another_apis_tokens_are_unknown_and_their_digests_stay_where_they_are() {
    let authority = Authority::start().await;
    declare_other(&authority).await;
    let own = authority.owner.issue("own").await;
    let order = |name: &str| json!({"kind": "key", "name": name, "audience": [OTHER], "scopes": ["things:read"]});
    let other = issued(&authority.owner.expect(201, "POST", "/v1/tokens", Some(order("other"))).await);
    let credential = authority.gate_token(&[AUDIENCE]).await;
    let caller = Caller::new(&authority.node.url(), &credential.text);
    // Neither in the snapshot, nor asked for by id, nor among the changes.
    let snapshot = reqwest::Client::new().get(format!("{}/v1/gate/snapshot", authority.node.url())).bearer_auth(&credential.text);
    let snapshot = snapshot.send().await.expect("an answer").text().await.expect("text");
    assert!(snapshot.contains(&own.id) && !snapshot.contains(&other.id), "{snapshot}");
    assert!(snapshot.ends_with("{\"end\":{\"tokens\":1}}\n"), "{snapshot}");
    let asked = json!({"tokens": [{"id": own.id}, {"id": other.id}, {"id": credential.id}]});
    let records = caller.expect(200, "POST", "/v1/gate/records", Some(asked)).await;
    let ids: Vec<&str> = records["tokens"].as_array().expect("tokens").iter().filter_map(|token| token["id"].as_str()).collect();
    assert_eq!(ids, [own.id.as_str()]);
    // Nor by way of a token that does not hang on it.
    let below = json!({"tokens": [{"id": other.id, "below": own.id}]});
    assert_eq!(caller.expect(200, "POST", "/v1/gate/records", Some(below)).await["tokens"], json!([]));
    let head = caller.expect(200, "GET", "/v1/gate/changes", None).await["head"].as_u64().expect("a place");
    authority.revoke(&other.id).await;
    let told = caller.expect(200, "GET", &format!("/v1/gate/changes?after={head}&ask=7"), None).await;
    assert_eq!((told["tokens"].as_array().map(Vec::len), told["ask"].as_u64()), (Some(0), Some(7)), "{told}");
    let house = GateHouse::following(&authority.node.url(), &credential, "");
    let gate = house.launch().ready().await;
    assert_eq!(gate.ask(&own.text).await.status, 200);
    let said = gate.ask(&other.text).await;
    assert!(said.status == 401 && said.body.contains("unknown"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gates_token_says_what_it_guards_and_must_say_it() {
    let authority = Authority::start().await;
    let order = json!({"kind": "svc", "name": "none", "audience": [ISSUER], "scopes": ["gate:follow"]});
    let none = issued(&authority.owner.expect(201, "POST", "/v1/tokens", Some(order)).await);
    let caller = Caller::new(&authority.node.url(), &none.text);
    let refused = caller.expect(409, "GET", "/v1/gate/changes", None).await;
    assert!(refused["fix"].as_str().is_some_and(|fix| fix.contains("--audience API --scope gate:follow")), "{refused}");
    let order = json!({"kind": "svc", "name": "reader", "audience": [ISSUER, AUDIENCE], "scopes": ["changes:read"]});
    let reader = issued(&authority.owner.expect(201, "POST", "/v1/tokens", Some(order)).await);
    Caller::new(&authority.node.url(), &reader.text).expect(403, "GET", "/v1/gate/changes", None).await;
    // A gate with it says so, and opens no door.
    let house = GateHouse::following(&authority.node.url(), &none, "");
    let gate = house.launch();
    let check = super::installation::until("the gate says why", async || {
        let checks = gate.readiness().await?;
        let checks = checks["checks"].as_array()?.clone();
        checks.into_iter().find(|check| check["detail"].as_str().is_some_and(|detail| detail.contains("names no API")))
    })
    .await;
    assert_eq!(check["name"], "authority");
    assert!(gate.try_ask("x").await.is_none(), "it is open without knowing anything");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gates_token_opens_no_api_at_the_authoritys_own_gate() {
    let route = format!("[[gate.route]]\npath = \"/v1/orders/**\"\naudience = \"{AUDIENCE}\"\n");
    let authority = Authority::of(Installation::on_sqlite(&route)).await;
    let poor = json!({"kind": "key", "name": "no scopes", "audience": [AUDIENCE], "scopes": []});
    let poor = issued(&authority.owner.expect(201, "POST", "/v1/tokens", Some(poor)).await);
    assert_eq!(gate_status(&authority.node, &poor.text).await, 200, "the route demands no scope");
    let credential = authority.gate_token(&[AUDIENCE]).await;
    assert_eq!(gate_status(&authority.node, &credential.text).await, 401);
    assert_eq!(authority.owner.verify(&credential.text).await, "wrong_audience");
    let child = json!({"name": "child", "audience": [AUDIENCE], "scopes": []});
    let child = authority.owner.expect(201, "POST", &format!("/v1/tokens/{}/derive", credential.id), Some(child)).await;
    assert_eq!(gate_status(&authority.node, &issued(&child).text).await, 401, "nor does what is derived from it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_whose_token_is_taken_back_lets_nothing_pass() {
    let authority = Authority::start().await;
    let token = authority.owner.issue("alive").await;
    let credential = authority.gate_token(&[AUDIENCE]).await;
    let house = GateHouse::following(&authority.node.url(), &credential, "");
    let gate = house.launch().ready().await;
    gate.comes_to(&token.text, 200).await;
    authority.revoke(&credential.id).await;
    gate.comes_to(&token.text, 503).await;
    let (ready, detail) = gate.check("authority").await;
    assert!(!ready && detail.contains("refuses this gate's token"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_use_is_taken_once_and_only_of_own_tokens() {
    let authority = Authority::start().await;
    declare_other(&authority).await;
    let own = authority.owner.issue("own").await;
    let order = json!({"kind": "key", "name": "other", "audience": [OTHER], "scopes": ["things:read"]});
    let other = issued(&authority.owner.expect(201, "POST", "/v1/tokens", Some(order)).await);
    let credential = authority.gate_token(&[AUDIENCE]).await;
    let caller = Caller::new(&authority.node.url(), &credential.text);
    let hour = authority.owner.expect(200, "GET", &format!("/v1/tokens/{}", own.id), None).await["issued_at"].as_str().expect("an instant")
        [..13]
        .to_owned()
        + ":00:00Z";
    let row = |token: &str, count: u64| json!({"token": token, "hour": hour, "outcome": "ok", "route": "GET /v1/orders/*", "network": "192.0.2.0/24", "count": count});
    let report = json!({"part": "0123456789abcdef0123456789abcdef", "counters": [row(&own.id, 5), row(&other.id, 9)]});
    for _ in 0..3 {
        assert_eq!(caller.expect(200, "POST", "/v1/gate/usage", Some(report.clone())).await["taken"], 1);
    }
    let usage = |id: String| {
        let owner = authority.owner.clone();
        async move { owner.expect(200, "GET", &format!("/v1/tokens/{id}/usage"), None).await }
    };
    assert_eq!(usage(own.id.clone()).await["items"][0]["count"], 5);
    assert_eq!(usage(other.id.clone()).await["items"], json!([]));
    let part = "0123456789abcdef0123456789abcde0";
    let mut rows = Vec::new();
    for (field, value) in [("outcome", json!("OK!")), ("route", json!("")), ("count", json!(0)), ("hour", json!("2001-01-01T00:00:00Z"))] {
        let mut bad = row(&own.id, 1);
        bad[field] = value;
        rows.push(bad);
    }
    for bad in rows {
        caller.expect(400, "POST", "/v1/gate/usage", Some(json!({"part": part, "counters": [bad]}))).await;
    }
    for part in ["", "x", "0123456789ABCDEF0123456789ABCDEF"] {
        caller.expect(400, "POST", "/v1/gate/usage", Some(json!({"part": part}))).await;
    }
    assert_eq!(usage(own.id.clone()).await["items"].as_array().map(Vec::len), Some(1));
}
