//! Every described operation with every credential that must not do: none, garbage, expired, revoked, for another API, without
//! the scope, of another organisation. The list of exceptions may only shrink.

use crate::world::{Anonymous, Bearer, ISSUER, ORDERS, PATIENCE, Reply, User, World};
use serde_json::{Value, json};
use std::time::Duration;

/// Open to everybody.
const OPEN: [&str; 2] = ["get /oauth/jwks", "get /.well-known/oauth-protected-resource/{id}"];
/// Whoever has shown the whole secret may burn the token, dead or not.
const FOR_DEAD_TOKENS: [&str; 1] = ["post /v1/self/revoke"];

/// One operation of the description.
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) path: String,
    /// The scope that it demands; `None` where any token will do.
    scope: Option<String>,
}

pub(crate) async fn operations(world: &World) -> Vec<Operation> {
    let document = world.get(&Anonymous, "/v1/openapi.json").await.expect(200).body;
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("item") {
            let Some(security) = operation.get("security") else { continue };
            let scope = security[0]["bearer"][0].as_str().map(str::to_owned);
            operations.push(Operation { name: format!("{method} {path}"), method: method.to_uppercase(), path: path.clone(), scope });
        }
    }
    assert!(operations.len() > 35, "{}", operations.len());
    operations
}

/// A path with ids of things of the main organisation.
fn concrete(path: &str, ids: &Value) -> String {
    let noun = path.split('/').nth(2).unwrap_or_default();
    path.replace("{id}", ids[noun].as_str().unwrap_or("000000000000"))
}

async fn call(world: &World, user: &impl User, operation: &Operation, ids: &Value) -> Reply {
    let path = concrete(&operation.path, ids);
    let request = world.request(user, &operation.method, &path);
    let has_body = matches!(operation.method.as_str(), "POST" | "PATCH" | "PUT");
    world.send(if has_body { request.header("if-match", "\"1\"").json(&json!({})) } else { request }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_operation_without_its_guard() {
    let world = World::start().await;
    let api = world.declare_orders().await;
    let victim = world.issue(json!({"kind": "pat", "name": "victim", "audience": [ORDERS], "scopes": ["orders:read"]})).await;
    let project = world.post(&world.owner, "/v1/projects", json!({"name": "p"})).await.expect(201);
    let user = world.post(&world.owner, "/v1/users", json!({"name": "u"})).await.expect(201);
    let client = json!({"metadata": {"grant_types": ["client_credentials"]}});
    let client = world.post(&world.owner, "/v1/clients", client).await.expect(201);
    let refused = world.verify(victim.str("/token"), json!({"audience": ISSUER})).await;
    let ids = json!({
        "tokens": victim.str("/id"), "apis": api.str("/id"), "projects": project.str("/id"), "users": user.str("/id"),
        "decisions": refused.str("/decision_id"), "clients": client.str("/client_id"),
    });
    let all: Vec<&str> = jeton::http::guard::SCOPES.iter().map(|(scope, _)| *scope).collect();
    let full = json!({"kind": "pat", "name": "full", "audience": [ISSUER], "scopes": all, "expires_in": 1});
    let expired = Bearer(world.issue(full.clone()).await.str("/token").to_owned());
    let revoked = world.issue(json!({"kind": "pat", "name": "full", "audience": [ISSUER], "scopes": all})).await;
    world.post(&world.owner, &format!("/v1/tokens/{}/revoke", revoked.str("/id")), json!({})).await.expect(200);
    let revoked = Bearer(revoked.str("/token").to_owned());
    let elsewhere = Bearer(
        world.issue(json!({"kind": "pat", "name": "e", "audience": [ORDERS], "scopes": ["orders:read"]})).await.str("/token").to_owned(),
    );
    let powerless = Bearer(world.issue(json!({"kind": "pat", "name": "n", "audience": [ISSUER]})).await.str("/token").to_owned());
    let added = world.post(&world.owner, "/v1/organisations", json!({"name": "other"})).await.expect(201);
    let foreign = Bearer(added.str("/owner_token/token").to_owned());
    let waiting = async {
        while world.get(&expired, "/v1/self").await.str("/code") != "expired" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it expires");

    for operation in operations(&world).await {
        let name = &operation.name;
        if OPEN.contains(&name.as_str()) {
            continue;
        }
        let none = call(&world, &Anonymous, &operation, &ids).await;
        assert_eq!((none.status, none.str("/code")), (401, "no_credential"), "{name}");
        assert!(!none.header("www-authenticate").is_empty() && !none.header("www-authenticate").contains("error="), "{name}");
        let garbage = call(&world, &Bearer("garbage".into()), &operation, &ids).await;
        assert_eq!((garbage.status, garbage.str("/code")), (401, "malformed"), "{name}");
        if !FOR_DEAD_TOKENS.contains(&name.as_str()) {
            for (dead, code) in [(&expired, "expired"), (&revoked, "revoked")] {
                let reply = call(&world, dead, &operation, &ids).await;
                assert_eq!((reply.status, reply.str("/code")), (401, code), "{name}");
            }
        }
        if let Some(scope) = &operation.scope {
            let reply = call(&world, &elsewhere, &operation, &ids).await;
            assert_eq!((reply.status, reply.str("/code")), (401, "wrong_audience"), "{name}");
            let reply = call(&world, &powerless, &operation, &ids).await;
            assert_eq!((reply.status, reply.str("/code")), (403, "insufficient_scope"), "{name}");
            assert!(
                reply.header("www-authenticate").contains(&format!("scope=\"{scope}\"")),
                "{name}: {}",
                reply.header("www-authenticate")
            );
            let reply = call(&world, &foreign, &operation, &ids).await;
            if operation.path.contains("{id}") {
                // Its own fault in the body is told first, if at all; never anything of the thing itself.
                assert!(matches!(reply.status, 400 | 404), "{name}: {}", reply.text);
            }
            for id in ids.as_object().expect("ids").values().filter_map(Value::as_str) {
                assert!(!reply.text.contains(id), "{name} tells another organisation of `{id}`: {}", reply.text);
            }
        }
    }
}
