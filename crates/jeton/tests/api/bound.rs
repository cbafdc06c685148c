//! Tokens that are bound, proofs, and what clients are told of an API before they have a token.

use crate::world::{Anonymous, ISSUER, ORDERS, User, World};
use serde_json::{Value, json};

/// Whoever presents a token with the scheme `DPoP`.
struct Prover(String);

impl User for Prover {
    fn credential(&self) -> Option<String> {
        Some(format!("DPoP {}", self.0))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_of_an_api_is_open_and_named_in_challenges() {
    let world = World::start().await;
    let api = world.declare_orders().await;
    let path = format!("/.well-known/oauth-protected-resource/{}", api.str("/id"));
    let told = world.get(&Anonymous, &path).await.expect(200);
    assert_eq!((told.str("/resource"), told.str("/resource_name")), (ORDERS, "Orders"));
    assert_eq!(told.body["authorization_servers"], json!([ISSUER]));
    assert_eq!(told.body["scopes_supported"], json!(["orders:read", "orders:write", "catalogue:read"]));
    assert_eq!(told.body["bearer_methods_supported"], json!(["header"]));
    assert_eq!(told.body["tls_client_certificate_bound_access_tokens"], json!(false));
    assert_eq!((told.header("access-control-allow-origin"), told.header("cache-control")), ("*", "public, max-age=300"));
    for unknown in ["api_000000000000", "x", "app_000000000000"] {
        world.get(&Anonymous, &format!("/.well-known/oauth-protected-resource/{unknown}")).await.refused(404, "not_found");
    }
    let refused = world.get(&Anonymous, "/v1/tokens").await.expect(401);
    let challenges: Vec<&str> = refused.headers.get_all("www-authenticate").iter().filter_map(|value| value.to_str().ok()).collect();
    assert!(challenges.len() == 2 && challenges[0].starts_with("Bearer ") && challenges[1].starts_with("DPoP "), "{challenges:?}");
    let (_, metadata) = challenges[0].split_once("resource_metadata=\"").expect("named");
    let (_, path) = metadata.trim_end_matches('"').split_once(ISSUER).expect("on the issuer's origin");
    assert_eq!(world.get(&Anonymous, path).await.expect(200).str("/resource"), ISSUER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_asked_for_and_read() {
    let world = World::start().await;
    let prover = Prover(world.owner.0.clone());
    world.get(&prover, "/v1/self").await.refused(401, "invalid_dpop_proof");
    for proofs in [vec!["x"], vec!["a.b.c", "a.b.c"]] {
        let request = proofs.iter().fold(world.request(&prover, "GET", "/v1/self"), |request, proof| request.header("dpop", *proof));
        let reply = world.send(request).await;
        reply.refused(401, "invalid_dpop_proof");
        assert!(reply.header("www-authenticate").starts_with("DPoP realm="), "{}", reply.header("www-authenticate"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_reads_proofs_and_thumbprints() {
    let world = World::start().await;
    world.declare_orders().await;
    let token = world.issue(json!({"kind": "pat", "name": "t", "audience": [ORDERS], "scopes": ["orders:read"]})).await;
    let ask = async |more: Value| {
        let mut body = json!({"token": token.str("/token")});
        body.as_object_mut().expect("object").extend(more.as_object().expect("object").clone());
        world.post(&world.owner, "/v1/verify", body).await
    };
    let hash = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
    assert_eq!(ask(json!({"certificate_thumbprint": hash})).await.expect(200).body["active"], json!(true));
    let dpop = |proof: &str| json!({"dpop": {"proof": proof, "method": "GET", "url": "https://orders.example.com/v1/orders/1"}});
    assert_eq!(ask(dpop("x")).await.expect(200).str("/code"), "invalid_dpop_proof");
    for (field, bad) in [
        ("certificate_thumbprint", json!({"certificate_thumbprint": "AQ"})),
        ("dpop.proof", dpop("")),
        ("dpop.method", json!({"dpop": {"proof": "x", "method": "get", "url": "https://a.example"}})),
        ("dpop.url", json!({"dpop": {"proof": "x", "method": "GET", "url": "/v1/orders"}})),
    ] {
        let reply = ask(bad).await;
        reply.refused(400, "bad_field");
        assert!(reply.text.contains(field), "{field}: {}", reply.text);
    }
}
