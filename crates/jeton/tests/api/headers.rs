//! The headers that every answer of the authority carries, and those that none does: over every described operation, refused
//! and answered, and over what is not described at all.

use crate::{
    unauthorised::operations,
    world::{Anonymous, On, Reply, World},
};
use serde_json::json;

/// What may be kept by whoever reads it: the public keys.
const CACHED: &str = "/oauth/jwks";

fn carries(reply: &Reply, of: &str, over_tls: bool) {
    assert_eq!(reply.header("x-content-type-options"), "nosniff", "{of}");
    assert_eq!(reply.header("referrer-policy"), "no-referrer", "{of}");
    assert_eq!(reply.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'", "{of}");
    assert!(reply.header("jeton-request-id").starts_with("req_"), "{of}");
    if of.contains(CACHED) && reply.status < 400 {
        assert!(reply.header("cache-control").starts_with("public"), "{of}");
    } else {
        assert_eq!(reply.header("cache-control"), "no-store", "{of}");
    }
    assert_eq!(reply.header("strict-transport-security"), if over_tls { "max-age=31536000" } else { "" }, "{of}");
    // The public keys may be read by everybody's scripts.
    assert_eq!(reply.header("access-control-allow-origin"), if of.contains(CACHED) { "*" } else { "" }, "{of}");
    for absent in ["server", "x-powered-by", "access-control-allow-credentials", "set-cookie", "via"] {
        assert!(reply.headers.get(absent).is_none(), "{of} carries `{absent}`");
    }
}

async fn over_everything(world: &World, over_tls: bool) {
    let operations = operations(world).await;
    for operation in &operations {
        let path = operation.path.replace("{id}", "000000000000");
        let has_body = matches!(operation.method.as_str(), "POST" | "PATCH");
        let build = |anonymous: bool| {
            let request = if anonymous {
                world.request(&Anonymous, &operation.method, &path)
            } else {
                world.request(&world.owner, &operation.method, &path)
            };
            if has_body { request.json(&json!({})) } else { request }
        };
        // The owner burns his token last.
        if operation.path != "/v1/self/revoke" {
            carries(&world.send(build(false)).await, &operation.name, over_tls);
        }
        carries(&world.send(build(true)).await, &operation.name, over_tls);
    }
    for path in ["/nothing", "/v1/openapi.json", "/v1/tokens?limit=0", "/v1"] {
        carries(&world.get(&world.owner, path).await, path, over_tls);
    }
    carries(&world.send(world.request(&world.owner, "PUT", "/v1/tokens")).await, "PUT", over_tls);
    let burned = world.post(&world.owner, "/v1/self/revoke", json!({})).await.expect(200);
    carries(&burned, "post /v1/self/revoke", over_tls);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_them() {
    over_everything(&World::start().await, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_tls_every_answer_asks_for_it() {
    let world = World::on(On::Sqlite, |config| {
        config.tls.terminated_by_proxy = true;
        config.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
    })
    .await;
    let check = world.get(&Anonymous, "/gate/check").await;
    assert_eq!(check.header("strict-transport-security"), "max-age=31536000", "{check:?}");
    over_everything(&world, true).await;
}
