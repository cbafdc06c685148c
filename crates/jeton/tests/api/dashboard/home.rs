//! The home page and the overview behind it: what is wrong is counted, of this organisation alone, and said.

use super::frame::somebody;
use crate::world::{Bearer, ISSUER, ORDERS, PATIENCE, Reply, World};
use serde_json::{Value, json};

/// The overview, once it says what is waited for.
async fn overview(world: &World, of: &Bearer, is_there: impl Fn(&Value) -> bool) -> Value {
    let waiting = async {
        loop {
            let reply: Reply = world.get(of, "/v1/overview").await;
            if reply.status == 200 && is_there(&reply.body) {
                return reply.body;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it is counted")
}

/// Lets the use that was recorded be written, and what was counted be forgotten.
async fn written(world: &World) {
    let authority = world.authority();
    if let Some(batch) = authority.recorder.whole_batch() {
        authority.store.flush_usage(&batch).await.expect("written");
        authority.recorder.written();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_wants_a_look_is_counted() {
    let world = World::start().await;
    world.declare_orders().await;
    let issue = |name: &'static str, more: Value| {
        let mut body = json!({"kind": "pat", "name": name, "audience": [ORDERS], "scopes": ["orders:read"]});
        body.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        world.issue(body)
    };
    let used = issue("used", json!({})).await;
    issue("endless", json!({"expires_in": null})).await;
    issue("ending", json!({"expires_in": 3600})).await;
    let call = |path: &'static str| json!({"audience": ORDERS, "method": "GET", "path": path});
    world.verify(used.str("/token"), call("/v1/orders/7")).await;
    world.verify(used.str("/token"), json!({"audience": ORDERS, "method": "POST", "path": "/v1/orders"})).await;
    written(&world).await;
    let client = json!({"metadata": {"redirect_uris": ["https://app.example.com/cb"], "client_name": "Waiting"}, "approve": false});
    world.post(&world.owner, "/v1/clients", client).await.expect(201);

    let found = overview(&world, &world.owner, |body| !body["counted_since"].is_null()).await;
    // The owner's own token, which never expires, is counted as well.
    assert_eq!(found["tokens"], json!({"live": 4, "never_expire": 2, "expire_soon": 1, "idle": 0}), "{found}");
    let hours = found["hours"].as_array().expect("hours");
    let sum = |name: &str| hours.iter().filter_map(|hour| hour[name].as_u64()).sum::<u64>();
    assert!(hours.len() == 24 && sum("passed") >= 1 && sum("refused") == 1, "{found}");
    assert_eq!(found["refusals"], json!([{"code": "insufficient_scope", "count": 1}]));
    assert_eq!(found["approvals_waiting"], 1);
    assert_eq!((found["verifiers"]["known"].as_u64(), found["verifiers"]["stale"].as_u64()), (Some(1), Some(0)));

    let home = somebody(&world, "olga", "owner").await.open("/dashboard").await.expect(200);
    for part in ["things want a look", "Waiting for approval", "Never expire", "Scope missing", "Requests in the last 24 hours: "] {
        assert!(home.text.contains(part), "{part}: {}", home.text);
    }
    let month = somebody(&world, "otto", "operator").await.open("/dashboard?span=30d").await.expect(200);
    assert!(month.text.contains("Requests in the last 30 days: "), "{}", month.text);

    // Another organisation has its own numbers.
    let added = world.post(&world.owner, "/v1/organisations", json!({"name": "other"})).await.expect(201);
    let other = overview(&world, &Bearer(added.str("/owner_token/token").to_owned()), |_| true).await;
    assert_eq!((other["tokens"]["live"].as_u64(), other["approvals_waiting"].as_u64()), (Some(1), Some(0)));
    assert_eq!(other["refusals"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_do_little_and_old_secrets_are_found() {
    let world = World::start().await;
    let scopes: Vec<Value> = ["a", "b", "c", "d", "e"].iter().map(|name| json!({"scope": format!("x:{name}")})).collect();
    let api = json!({"audience": ORDERS, "name": "X", "scopes": scopes, "routes": [{"route": "GET /a", "scopes": ["x:a"]}]});
    world.post(&world.owner, "/v1/apis", api).await.expect(201);
    let wide = world.issue(json!({"kind": "pat", "name": "wide", "audience": [ORDERS], "scopes": ["x:*"]})).await;
    let narrow = world.issue(json!({"kind": "pat", "name": "narrow", "audience": [ORDERS], "scopes": ["x:a"]})).await;
    let rotate = format!("/v1/tokens/{}/rotate", narrow.str("/id"));
    world.post(&world.owner, &rotate, json!({"overlap_seconds": 3600})).await.expect(201);
    for token in [&wide, &narrow] {
        let call = json!({"audience": ORDERS, "method": "GET", "path": "/a"});
        assert_eq!(world.verify(token.str("/token"), call).await.body["active"], true);
    }
    written(&world).await;
    let found = overview(&world, &world.owner, |_| true).await;
    assert_eq!(found["narrow_use"], json!([{"token": wide.str("/id"), "granted": 5, "used": 1}]));
    assert_eq!(found["old_secrets"], json!([narrow.str("/id")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_developer_sees_what_is_the_own() {
    let world = World::start().await;
    world.declare_orders().await;
    let browser = somebody(&world, "dan", "developer").await;
    let home = browser.open("/dashboard").await.expect(200);
    assert!(home.text.contains("You have no token in use") && !home.text.contains("Never expire"), "{}", home.text);
    let users = world.get(&world.owner, "/v1/users").await.expect(200);
    let dan = users.body["items"].as_array().expect("items").iter().find(|user| user["name"] == "dan").expect("there")["id"].clone();
    let own =
        json!({"kind": "pat", "name": "mine <i>", "subject": dan, "audience": [ORDERS], "scopes": ["orders:read"], "expires_in": 3600});
    let own = world.issue(own).await;
    world.issue(json!({"kind": "pat", "name": "theirs", "audience": [ORDERS], "expires_in": 3600})).await;
    world.verify(own.str("/token"), json!({"audience": ORDERS, "method": "POST", "path": "/v1/orders"})).await;
    written(&world).await;
    let home = browser.open("/dashboard").await.expect(200);
    for part in ["You have one token in use", "mine &#60;i&#62;", "Scope missing", "POST /v1/orders", "Scope missing"] {
        assert!(home.text.contains(part), "{part}: {}", home.text);
    }
    assert!(!home.text.contains("theirs") && !home.text.contains("<i>"), "{}", home.text);
    let management = json!({"kind": "pat", "name": "m", "audience": [ISSUER], "subject": dan});
    let powerless = Bearer(world.issue(management).await.str("/token").to_owned());
    world.get(&powerless, "/v1/overview").await.refused(403, "insufficient_scope");
}
