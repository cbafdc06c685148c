//! `GET /v1/tokens` with all that it is narrowed down by, and `POST /v1/tokens/revoke-many` over the same.

use crate::world::{Bearer, ISSUER, ORDERS, PATIENCE, Reply, World};
use serde_json::{Value, json};
use std::time::Duration;

async fn names(world: &World, query: &str) -> Vec<String> {
    let list = world.get(&world.owner, &format!("/v1/tokens?{query}")).await.expect(200);
    list.body["items"].as_array().expect("items").iter().map(|one| one["name"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn some(world: &World) -> [Reply; 3] {
    world.declare_orders().await;
    let plain =
        world.issue(json!({"kind": "pat", "name": "plain", "audience": [ORDERS], "scopes": ["orders:read"], "subject": "ann"})).await;
    let narrow = world
        .issue(json!({"kind": "svc", "name": "narrow", "audience": [ORDERS], "scopes": ["orders:*"], "networks": ["10.0.0.0/8"]}))
        .await;
    let endless = world
        .issue(json!({"kind": "svc", "name": "endless", "audience": [ORDERS], "scopes": ["catalogue:read"], "expires_in": null}))
        .await;
    [plain, narrow, endless]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_narrowed_down_by_what_tokens_are() {
    let world = World::start().await;
    let [plain, narrow, endless] = some(&world).await;
    let orders = format!("audience={ORDERS}");
    for (query, wanted) in [
        (format!("{orders}&scope=orders:read"), vec!["narrow", "plain"]),
        ("scope=orders:write".to_owned(), vec!["narrow"]),
        ("network=10.0.0.0/8".to_owned(), vec!["narrow"]),
        (format!("{orders}&network=any"), vec!["endless", "plain"]),
        (format!("{orders}&expires=never"), vec!["endless"]),
        (format!("{orders}&expires=soon"), vec![]),
        (format!("{orders}&lives_over=7776000"), vec!["endless"]),
        (format!("{orders}&idle_days=1"), vec![]),
        ("q=ann".to_owned(), vec!["plain"]),
        (format!("q={}", narrow.str("/id")), vec!["narrow"]),
        (format!("q={}", endless.str("/hint")), vec!["endless"]),
        (format!("{orders}&state=alive"), vec!["endless", "narrow", "plain"]),
        (format!("{orders}&issued_since=2999-01-01T00:00:00Z"), vec![]),
        ("client=app_000000000000".to_owned(), vec![]),
        ("use=old_secret".to_owned(), vec![]),
    ] {
        assert_eq!(names(&world, &query).await, wanted, "{query}");
    }
    let secret = plain.str("/token");
    let refused = world.get(&world.owner, &format!("/v1/tokens?q={secret}")).await;
    refused.refused(400, "ambiguous_credential");
    assert!(!refused.text.contains(secret), "{}", refused.text);
    let refused = world.post(&world.owner, "/v1/tokens/revoke-many", json!({"filter": {"q": secret}})).await;
    refused.refused(400, "bad_field");
    assert!(!refused.text.contains(secret) && refused.str("/detail").contains("inspector"), "{}", refused.text);
    for bad in
        ["network=10.0.0.1/8", "idle_days=0", "idle_days=999", "expires=later", "use=all", "scope=*", "q=", "client=", "lives_over=x"]
    {
        world.get(&world.owner, &format!("/v1/tokens?{bad}")).await.refused(400, "bad_query");
    }
}

async fn through(world: &World, run: Reply) -> Reply {
    let path = format!("/v1/tokens/revoke-many/{}", run.str("/id"));
    let waiting = async {
        loop {
            let now = world.get(&world.owner, &path).await.expect(200);
            if now.str("/state") != "running" {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it comes to its end")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_search_finds_is_counted_and_then_revoked() {
    let world = World::start().await;
    let [plain, narrow, endless] = some(&world).await;
    let path = "/v1/tokens/revoke-many";
    let filter = json!({"kind": "svc", "audience": ORDERS});
    let preview = world.post(&world.owner, path, json!({"filter": filter, "dry_run": true})).await.expect(200);
    assert_eq!((preview.body["count"].as_u64(), preview.body["used_today"].as_u64()), (Some(2), Some(0)));
    assert_eq!(preview.body["by_kind"], json!([{"kind": "svc", "count": 2}]));
    assert_eq!(preview.body["sample"].as_array().map(Vec::len), Some(2));
    let code = |token: &Reply| {
        let token = token.str("/token").to_owned();
        let world = &world;
        async move { world.verify(&token, json!({"audience": ORDERS, "client_ip": "10.0.0.1"})).await.str("/code").to_owned() }
    };
    assert_eq!(code(&narrow).await, "ok");
    world.post(&world.owner, path, json!({"filter": filter, "expected": 3})).await.refused(409, "conflict");
    let body = json!({"filter": filter, "expected": 2, "reason": "unused", "comment": "tidying up"});
    let run = through(&world, world.post(&world.owner, path, body).await.expect(202)).await;
    assert_eq!((run.str("/state"), run.body["revoked"].as_u64(), run.body["found"].as_u64()), ("done", Some(2), Some(2)));
    assert!(run.body["revision"].as_u64() > Some(0));
    assert_eq!((code(&narrow).await.as_str(), code(&endless).await.as_str(), code(&plain).await.as_str()), ("revoked", "revoked", "ok"));
    let shown = world.get(&world.owner, &format!("/v1/tokens/{}", narrow.str("/id"))).await.expect(200);
    assert_eq!((shown.str("/reason"), shown.str("/comment")), ("unused", "tidying up"));
    // Once more changes nothing.
    let again = through(&world, world.post(&world.owner, path, json!({"filter": filter})).await.expect(202)).await;
    assert_eq!((again.str("/state"), again.body["revoked"].as_u64()), ("done", Some(0)));

    let other = world.post(&world.owner, "/v1/organisations", json!({"name": "other"})).await.expect(201);
    let other = Bearer(other.str("/owner_token/token").to_owned());
    world.get(&other, &format!("{path}/{}", run.str("/id"))).await.refused(404, "not_found");
    let theirs = world.post(&other, path, json!({"filter": {"audience": ORDERS}, "dry_run": true})).await.expect(200);
    assert_eq!(theirs.body["count"], json!(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_revokes_everything_or_himself_by_a_slip() {
    let world = World::start().await;
    let path = "/v1/tokens/revoke-many";
    for (body, field) in [
        (json!({"filter": {}}), "filter"),
        (json!({"filter": {"limit": 5}}), "filter"),
        (json!({"filter": {"cursor": "1.abc"}}), "filter"),
        (json!({"filter": {"kind": "pat", "hint": "a"}}), "filter"),
        (json!({"filter": {"kinds": "pat"}}), "filter.kinds"),
        (json!({"filter": {"kind": "pat"}, "reason": "No Word"}), "reason"),
        (json!({"filter": ["pat"]}), "filter"),
    ] {
        let refused = world.post(&world.owner, path, body.clone()).await;
        assert_eq!((refused.status, refused.str("/field")), (400, field), "{body}: {}", refused.text);
    }
    let manager = world.manager(&["tokens:revoke", "tokens:read"]).await;
    let run = world.post(&manager, path, json!({"filter": {"audience": ISSUER}})).await.expect(202);
    let waiting = async {
        // The owner's token is revoked by then; only the one that asked is left to look.
        while world.get(&manager, &format!("{path}/{}", run.str("/id"))).await.expect(200).str("/state") == "running" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it comes to its end");
    assert_eq!(world.get(&world.owner, "/v1/self").await.str("/code"), "revoked");
    assert_eq!(world.get(&manager, "/v1/self").await.expect(200).body["status"], Value::from("active"));
}
