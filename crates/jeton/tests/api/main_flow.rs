//! The whole way of a token: issued, used, refused with the reason, rotated, suspended, revoked; on both engines.

use crate::world::{Anonymous, Bearer, ISSUER, ORDERS, On, PATIENCE, World};
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    flow(World::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql() {
    flow(World::on(On::Postgres, |_| {}).await).await;
}

async fn flow(mut world: World) {
    world.declare_orders().await;
    let issued =
        world.issue(json!({"kind": "pat", "name": "ci", "audience": [ORDERS], "scopes": ["orders:read"], "expires_in": 3600})).await;
    let (id, token) = (issued.str("/id").to_owned(), issued.str("/token").to_owned());
    assert!(token.starts_with(&format!("jtn_pat_{id}")) && token.ends_with(issued.str("/hint")));
    assert_eq!(issued.header("cache-control"), "no-store");
    assert!(issued.header("jeton-revision").parse::<u64>().expect("revision") > 0);

    // Allowed, out of scope, for another API, unknown: each with its own word.
    let read = json!({"audience": ORDERS, "method": "GET", "path": "/v1/orders/7"});
    let passed = world.verify(&token, read.clone()).await;
    assert_eq!((passed.body["active"].as_bool(), passed.str("/code"), passed.str("/id")), (Some(true), "ok", id.as_str()));
    let code = async |about| world.verify(&token, about).await.str("/code").to_owned();
    assert_eq!(code(json!({"audience": ORDERS, "method": "POST", "path": "/v1/orders"})).await, "insufficient_scope");
    assert_eq!(code(json!({"audience": ISSUER})).await, "wrong_audience");
    let stranger = format!("{}{}", &token[..20], &token[20..].chars().rev().collect::<String>());
    assert_eq!(world.verify(&stranger, json!({})).await.str("/code"), "malformed");

    // A second copy of the truth: what its holder and its owner are told.
    let own = world.get(&Bearer(token.clone()), "/v1/self").await.expect(200);
    assert_eq!(own.str("/id"), id);
    let shown = world.get(&world.owner, &format!("/v1/tokens/{id}")).await.expect(200);
    assert_eq!((shown.str("/status"), shown.header("etag")), ("active", "\"1\""));
    assert!(shown.body.get("token").is_none());

    // Rotated with an overlap: both live; then at once: the old one is dead.
    let rotated = world.post(&world.owner, &format!("/v1/tokens/{id}/rotate"), json!({"overlap_seconds": 600})).await.expect(201);
    let second = rotated.str("/token").to_owned();
    assert_ne!(second, token);
    for text in [&token, &second] {
        assert_eq!(world.verify(text, read.clone()).await.str("/code"), "ok");
    }
    world.post(&world.owner, &format!("/v1/tokens/{id}/rotate"), json!({})).await.refused(409, "conflict");
    let third = world.post(&world.owner, &format!("/v1/tokens/{id}/rotate"), json!({"end_running_overlap": true})).await.expect(201);
    let third = third.str("/token").to_owned();
    assert_eq!(world.verify(&second, read.clone()).await.str("/code"), "revoked");
    assert_ne!(world.verify(&token, read.clone()).await.str("/code"), "ok");

    // Suspended, resumed, revoked: each from the very next call on.
    let change = async |verb: &str| world.post(&world.owner, &format!("/v1/tokens/{id}/{verb}"), json!({"reason": "test"})).await;
    change("suspend").await.expect(200);
    assert_eq!(world.verify(&third, read.clone()).await.str("/code"), "suspended");
    change("resume").await.expect(200);
    assert_eq!(world.verify(&third, read.clone()).await.str("/code"), "ok");
    let revoked = change("revoke").await.expect(200);
    let refused = world
        .verify(&third, json!({"audience": ORDERS, "min_revision": revoked.header("jeton-revision").parse::<u64>().expect("revision")}))
        .await;
    assert_eq!((refused.str("/code"), refused.body["active"].as_bool()), ("revoked", Some(false)));
    change("revoke").await.expect(200);
    change("resume").await.refused(409, "conflict");

    // The refusal is kept and explained; the audit chain is whole.
    let decision = world.get(&world.owner, &format!("/v1/decisions/{}", refused.str("/decision_id"))).await.expect(200);
    assert_eq!((decision.str("/code"), decision.str("/token")), ("revoked", id.as_str()));
    let events = world.get(&world.owner, &format!("/v1/audit?target={id}")).await.expect(200);
    let actions: Vec<_> = events.body["items"].as_array().expect("items").iter().map(|event| event["action"].clone()).collect();
    assert!(actions.contains(&json!("token.issue")) && actions.contains(&json!("token.revoke")), "{actions:?}");
    let chain = world.get(&world.owner, "/v1/audit/verify").await.expect(200);
    assert_eq!(chain.body["whole"], json!(true), "{}", chain.text);
    assert!(chain.str("/first_at") <= chain.str("/last_at") && !chain.str("/first_at").is_empty(), "{}", chain.text);

    // The key set is there for everybody, with a key of each algorithm soon after the first start.
    let whole = async {
        loop {
            let jwks = world.get(&Anonymous, "/oauth/jwks").await.expect(200);
            if jwks.body["keys"].as_array().map(Vec::len) == Some(3) {
                return jwks;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let jwks = tokio::time::timeout(PATIENCE, whole).await.expect("in time");
    let again = world.request(&Anonymous, "GET", "/oauth/jwks").header("if-none-match", jwks.header("etag"));
    world.send(again).await.expect(304);
    world.stop().await;
}
