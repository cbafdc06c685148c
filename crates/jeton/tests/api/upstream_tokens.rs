//! What an API behind the gate gets in place of the caller's token, verified as the API would: with the published keys and a library
//! that nobody here wrote. And routes that ask no scopes, in front of an API that declares some.

use super::world::{Anonymous, Bearer, ORDERS, On, World};
use axum::{Router, http::HeaderMap};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// An API that answers with the fields that tell it who calls.
async fn telling() -> SocketAddr {
    async fn told(headers: HeaderMap) -> String {
        let text = |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        json!({"authorization": text("authorization"), "subject": text("jeton-subject"), "key": text("x-api-key")}).to_string()
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(told)).await });
    address
}

async fn world(more: Value) -> (World, SocketAddr) {
    let upstream = telling().await;
    let mut route = json!({"path": "/v1/orders/**", "audience": ORDERS, "upstream": format!("http://{upstream}")});
    for (key, value) in more.as_object().expect("an object") {
        route[key] = value.clone();
    }
    let world = World::on(On::Sqlite, |config| {
        config.gate.token_headers = vec!["X-Api-Key".into()];
        config.gate.route = vec![serde_json::from_value(route).expect("a route")];
    })
    .await;
    world.declare_orders().await;
    (world, upstream)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_verifies_who_calls_with_the_published_keys() {
    let (world, upstream) = world(json!({"scopes": ["orders:read"], "upstream_token": "jwt"})).await;
    let issued = world.issue(json!({"kind": "svc", "name": "robot", "audience": [ORDERS], "scopes": ["orders:read"]})).await;
    let caller = Bearer(issued.str("/token").to_owned());
    let told = world.get(&caller, "/v1/orders/7").await.expect(200).body;
    let jwt = told["authorization"].as_str().and_then(|value| value.strip_prefix("Bearer ")).expect("a JWT").to_owned();
    assert!(!jwt.contains("jtn_") && told["subject"].is_null(), "{told}");
    let keys: JwkSet = serde_json::from_value(world.get(&Anonymous, "/oauth/jwks").await.expect(200).body).expect("a key set");
    let kid = jsonwebtoken::decode_header(&jwt).expect("a header").kid.expect("a kid");
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_audience(&[format!("http://{upstream}")]);
    rules.set_issuer(&["http://127.0.0.1:8700"]);
    let key = DecodingKey::from_jwk(keys.find(&kid).expect("the key")).expect("a key");
    let claims = jsonwebtoken::decode::<Value>(&jwt, &key, &rules).expect("verified").claims;
    assert_eq!((&claims["sub"], &claims["scope"], &claims["token_id"]), (&json!("robot"), &json!("orders:read"), &issued.body["id"]));
    // It opens nothing here: neither the API, by way of the gate, nor the management interface.
    world.get(&Bearer(jwt.clone()), "/v1/orders/7").await.expect(401);
    world.get(&Bearer(jwt), "/v1/tokens").await.expect(401);
    world.post(&world.owner, &format!("/v1/tokens/{}/revoke", issued.str("/id")), json!({"reason": "leaked"})).await.expect(200);
    world.get(&caller, "/v1/orders/7").await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_header_that_may_carry_a_token_reaches_the_api() {
    let (world, _) = world(json!({"scopes": ["orders:read"]})).await;
    let issued = world.issue(json!({"kind": "svc", "name": "robot", "audience": [ORDERS], "scopes": ["orders:read"]})).await;
    let call = world.request(&Anonymous, "GET", "/v1/orders/7").header("x-api-key", issued.str("/token"));
    let told = world.send(call).await.expect(200).body;
    assert_eq!(told, json!({"authorization": null, "subject": "robot", "key": null}));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_route_stands_above_what_the_api_declares() {
    let (world, _) = world(json!({"access": "public"})).await;
    let issued = world.issue(json!({"kind": "pub", "name": "page", "audience": [ORDERS], "scopes": ["catalogue:read"]})).await;
    let told = world.get(&Anonymous, "/v1/orders/7").await.expect(200);
    assert_eq!(told.body["subject"], Value::Null);
    let known = world.get(&Bearer(issued.str("/token").to_owned()), "/v1/orders/7").await.expect(200);
    assert!(known.body["subject"].is_string(), "{:?}", known.body);
    let other =
        world.issue(json!({"kind": "svc", "name": "robot", "audience": ["http://127.0.0.1:8700"], "scopes": ["tokens:read"]})).await;
    let passed_over = world.get(&Bearer(other.str("/token").to_owned()), "/v1/orders/7").await.expect(200);
    assert_eq!((passed_over.header("jeton-warning"), &passed_over.body["subject"]), ("anonymous;code=\"wrong_audience\"", &Value::Null));
}
