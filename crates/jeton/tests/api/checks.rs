//! `/v1/verify/batch`, `/v1/changes`, limits: what callers of the checking path see.

use crate::world::{ORDERS, PATIENCE, World};
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn each_question_of_a_batch_is_answered_alone() {
    let world = World::start().await;
    world.declare_orders().await;
    let issued = world.issue(json!({"kind": "pat", "name": "a", "audience": [ORDERS]})).await;
    let token = issued.str("/token");
    let items = json!([{"token": token, "audience": ORDERS}, {"token": 5}, {"token": "nonsense"}, {"token": token, "cost": 1_000_001}]);
    let reply = world.post(&world.owner, "/v1/verify/batch", json!({"items": items})).await.expect(200);
    let codes: Vec<_> = reply.body["items"].as_array().expect("items").iter().map(|answer| answer["code"].clone()).collect();
    assert_eq!(codes, ["ok", "bad_field", "malformed", "bad_field"]);
    let many: Vec<_> = (0..101).map(|_| json!({"token": "a"})).collect();
    world.post(&world.owner, "/v1/verify/batch", json!({"items": many})).await.refused(400, "bad_field");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_route_of_the_api_covers_is_refused_and_explained() {
    let world = World::start().await;
    world.declare_orders().await;
    let issued = world.issue(json!({"kind": "pat", "name": "a", "audience": [ORDERS], "scopes": ["orders:read"]})).await;
    let (token, id) = (issued.str("/token"), issued.str("/id"));
    let call = json!({"audience": ORDERS, "method": "DELETE", "path": "/v1/orders/7"});
    let answer = world.verify(token, call.clone()).await;
    assert_eq!(answer.str("/code"), "route_not_allowed");
    for path in [format!("/v1/tokens/{id}/explain"), format!("/v1/decisions/{}", answer.str("/decision_id"))] {
        let explained = match path.starts_with("/v1/tokens") {
            true => world.post(&world.owner, &path, call.clone()).await.expect(200),
            false => world.get(&world.owner, &path).await.expect(200),
        };
        assert_eq!(explained.str("/cause"), "no route of the API covers this method and path", "{}", explained.text);
        assert!(explained.str("/fix").contains("have the owner of the API add one"), "{}", explained.text);
    }
    // Without a route of its own an API demands what is asked for.
    let apis = world.get(&world.owner, "/v1/apis").await.expect(200);
    let orders = apis.body["items"].as_array().expect("items").iter().find(|api| api["audience"] == ORDERS).expect("the API").clone();
    let path = format!("/v1/apis/{}", orders["id"].as_str().expect("id"));
    world.send(world.request(&world.owner, "PATCH", &path).json(&json!({"version": orders["version"], "routes": []}))).await.expect(200);
    assert_eq!(world.verify(token, call).await.str("/code"), "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_is_spent_and_reported() {
    let world = World::start().await;
    world.declare_orders().await;
    let limits = json!({"rates": [{"requests": 2, "per_seconds": 3600}]});
    let issued = world.issue(json!({"kind": "pat", "name": "a", "audience": [ORDERS], "limits": limits})).await;
    for left in [1, 0] {
        let reply = world.verify(issued.str("/token"), json!({"audience": ORDERS})).await;
        assert_eq!((reply.str("/code"), reply.body["limits"][0]["remaining"].as_u64()), ("ok", Some(left)));
    }
    assert_eq!(world.verify(issued.str("/token"), json!({"audience": ORDERS})).await.str("/code"), "rate_limited");
    assert_eq!(world.verify(issued.str("/token"), json!({"audience": ORDERS, "cost": 0})).await.str("/code"), "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn followers_are_told_of_changes_and_acknowledge_them() {
    let world = World::start().await;
    world.declare_orders().await;
    let issued = world.issue(json!({"kind": "pat", "name": "a", "audience": [ORDERS]})).await;
    let after: u64 = issued.header("jeton-revision").parse().expect("revision");
    let path = format!("/v1/changes?after={after}&wait=20");
    let id = issued.str("/id").to_owned();
    let (changes, revoked) = tokio::join!(world.get(&world.owner, &path), async {
        world.post(&world.owner, &format!("/v1/tokens/{id}/revoke"), json!({"reason": "test"})).await.expect(200)
    });
    let revision: u64 = revoked.header("jeton-revision").parse().expect("revision");
    assert_eq!(changes.body["changes"][0]["revision"].as_u64(), Some(revision), "{}", changes.text);
    assert_eq!(changes.body["changes"][0]["id"], json!(id));
    world.get(&world.owner, &format!("/v1/changes?after={revision}")).await.expect(200);
    let waited = world.post(&world.owner, &format!("/v1/tokens/{id}/revoke"), json!({"wait": true})).await.expect(200);
    assert!(waited.body["verifiers"].as_array().expect("verifiers").iter().all(|one| one["acknowledged"] == true), "{}", waited.text);
    assert_eq!((&waited.body["everywhere"], waited.body["verifiers"].as_array().map(Vec::len)), (&json!(true), Some(2)), "{}", waited.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_change_log_streams_with_heartbeats() {
    let world = World::start().await;
    let request = world.request(&world.owner, "GET", "/v1/changes?after=0").header("accept", "text/event-stream");
    let mut response = request.send().await.expect("an answer");
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    let reading = async {
        while !(text.contains("event: change") && text.contains("event: heartbeat")) {
            let Some(piece) = response.chunk().await.expect("a piece") else { break };
            text.push_str(&String::from_utf8_lossy(&piece));
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("heartbeats come");
    assert!(text.contains("event: heartbeat"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn use_is_counted_and_shown_within_seconds() {
    let world = World::start().await;
    world.declare_orders().await;
    let issued = world.issue(json!({"kind": "pat", "name": "a", "audience": [ORDERS]})).await;
    world.verify(issued.str("/token"), json!({"audience": ORDERS, "client_ip": "192.0.2.7"})).await;
    let path = format!("/v1/tokens/{}/usage", issued.str("/id"));
    let counted = async {
        loop {
            let usage = world.get(&world.owner, &path).await.expect(200);
            if let Some(row) = usage.body["items"].get(0) {
                return row.clone();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let row = tokio::time::timeout(PATIENCE, counted).await.expect("counted");
    assert_eq!((row["outcome"].as_str(), row["count"].as_u64(), row["network"].as_str()), (Some("ok"), Some(1), Some("192.0.2.0/24")));
    let shown = world.get(&world.owner, &format!("/v1/tokens/{}", issued.str("/id"))).await.expect(200);
    assert_eq!(shown.str("/last_use/client_ip"), "192.0.2.7", "{}", shown.text);
}
