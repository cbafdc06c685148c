//! DPoP at the token endpoint: nonces, one use, this address; and what is issued is bound.

use super::{
    key::{Key, jti, now},
    rig::{App, Rig, refused},
};
use crate::world::{Anonymous, ORDERS, On, Reply};
use jeton_core::oauth::registration::AuthMethod;
use serde_json::{Value, json};

const CREDENTIALS: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("scope", "orders:write")];

async fn with(rig: &Rig, app: &App, proofs: &[&str]) -> Reply {
    let headers: Vec<_> = proofs.iter().map(|proof| ("dpop", *proof)).collect();
    rig.ask(app, &CREDENTIALS, &headers).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_needs_the_servers_nonce_and_is_good_once() {
    let rig = Rig::start().await;
    let (app, key) = (rig.app().await, Key::new());
    let first = with(&rig, &app, &[&key.proof(&json!({}))]).await;
    refused(&first, 400, "use_dpop_nonce");
    let nonce = first.header("dpop-nonce").to_owned();
    assert!(!nonce.is_empty());
    let proof = key.proof(&json!({"nonce": nonce}));
    let reply = with(&rig, &app, &[&proof]).await.expect(200);
    assert_eq!(reply.str("/token_type"), "DPoP");
    let replayed = with(&rig, &app, &[&proof]).await;
    refused(&replayed, 400, "invalid_dpop_proof");
    refused(&with(&rig, &app, &[&key.proof(&json!({"nonce": "made-up"}))]).await, 400, "use_dpop_nonce");
    // Bound: with the proof of its key it is good, as a bearer token or with another key it is not.
    let token = reply.str("/access_token");
    let about = |key: &Key| {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
        let ath = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, hash);
        let url = "https://orders.example.com/v1/orders";
        let proof = key.proof(&json!({"htu": url, "ath": ath}));
        json!({"audience": ORDERS, "scopes": ["orders:write"], "dpop": {"proof": proof, "method": "POST", "url": url}})
    };
    assert_eq!(rig.said_with(token, about(&key)).await, "ok");
    assert_ne!(rig.said_with(token, about(&Key::new())).await, "ok");
    assert_ne!(rig.said(token, ORDERS, "orders:write").await, "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_for_this_request() {
    let rig = Rig::start().await;
    let (app, key) = (rig.app().await, Key::new());
    let nonce = with(&rig, &app, &[&key.proof(&json!({}))]).await.header("dpop-nonce").to_owned();
    let proof = |claims: Value| {
        let mut all = json!({"nonce": nonce});
        all.as_object_mut().expect("object").extend(claims.as_object().expect("object").clone());
        key.proof(&all)
    };
    for claims in [
        json!({"htm": "GET"}),
        json!({"htm": "post"}),
        json!({"htu": "http://127.0.0.1:8700/oauth/par"}),
        json!({"htu": "https://127.0.0.1:8700/oauth/token"}),
        json!({"htu": "https://evil.example/oauth/token"}),
        json!({"iat": now() - 600}),
        json!({"iat": now() + 600}),
        json!({"jti": Value::Null}),
        json!({"jti": "j".repeat(5000)}),
    ] {
        let reply = with(&rig, &app, &[&proof(claims.clone())]).await;
        refused(&reply, 400, "invalid_dpop_proof");
    }
    let good = proof(json!({"htu": "http://127.0.0.1:8700/oauth/token?x=1"}));
    refused(&with(&rig, &app, &[&good, &proof(json!({}))]).await, 400, "invalid_dpop_proof");
    with(&rig, &app, &[&good]).await.expect(200);
    for text in ["", "x", "a.b.c", &key.sign(&json!({"typ": "dpop+jwt", "alg": "none", "jwk": key.jwk()}), &json!({"jti": jti()}))] {
        refused(&with(&rig, &app, &[text]).await, 400, "invalid_dpop_proof");
    }
    let typ = key.sign(&json!({"typ": "JWT", "alg": "ES256", "jwk": key.jwk()}), &json!({"jti": jti()}));
    refused(&with(&rig, &app, &[&typ]).await, 400, "invalid_dpop_proof");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_bound_always_must_prove_its_key() {
    let rig = Rig::start().await;
    let app = rig.register(AuthMethod::ClientSecretPost, |client| client.registration.dpop_bound_access_tokens = true).await;
    refused(&rig.ask(&app, &CREDENTIALS, &[]).await, 400, "invalid_dpop_proof");
    let app =
        rig.register(AuthMethod::ClientSecretPost, |client| client.registration.tls_client_certificate_bound_access_tokens = true).await;
    refused(&rig.ask(&app, &CREDENTIALS, &[]).await, 400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_good_at_one_of_several_nodes() {
    let rig = Rig::on(On::Postgres, |_| {}).await;
    let (app, key) = (rig.app().await, Key::new());
    let mut config = (*rig.authority().config).clone();
    config.listen.set_port(0);
    config.ops_listen.set_port(0);
    let second = jeton::serve::start(config, None).await.expect("started");
    let nonce = with(&rig, &app, &[&key.proof(&json!({}))]).await.header("dpop-nonce").to_owned();
    let at_second = async |proof: &str| {
        let fields = [CREDENTIALS.as_slice(), &[("client_id", &app.client.client_id), ("client_secret", &app.secret)]].concat();
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = rig.request(&Anonymous, "POST", &format!("http://{}/oauth/token", second.address));
        rig.send(request.header("content-type", "application/x-www-form-urlencoded").header("dpop", proof).body(body)).await
    };
    let proof = key.proof(&json!({"nonce": nonce}));
    with(&rig, &app, &[&proof]).await.expect(200);
    refused(&at_second(&proof).await, 400, "invalid_dpop_proof");
    let other = key.proof(&json!({"nonce": nonce}));
    let issued = at_second(&other).await.expect(200);
    rig.secrets.lock().push(issued.str("/access_token").to_owned());
    refused(&with(&rig, &app, &[&other]).await, 400, "invalid_dpop_proof");
    second.stop().await;
}
