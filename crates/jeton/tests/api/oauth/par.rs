//! `POST /oauth/par`: requests that are pushed, opened by their client's people alone, and good for one code.

use super::{
    asking::{Answered, agree, asks_for_consent, leads_nowhere, path, query, register, sample},
    browser::Browser,
    client_key::Key,
    people::{PASSWORD, signed_in},
};
use crate::world::{Anonymous, ISSUER, On, Reply, World};
use jeton_core::oauth::registration::AuthMethod;
use jeton_store::client::Client;

async fn push(world: &World, client: &Client, changes: &[(&str, &str)]) -> Reply {
    push_body(world, query(client, changes)).await
}

async fn push_body(world: &World, body: String) -> Reply {
    let request = world.request(&Anonymous, "POST", "/oauth/par").header("content-type", "application/x-www-form-urlencoded");
    world.send(request.body(body)).await
}

fn opening(client: &Client, pushed: &Reply) -> String {
    let query = [("client_id", client.client_id.as_str()), ("request_uri", pushed.str("/request_uri"))];
    format!("/oauth/authorize?{}", url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_request_is_good_for_one_code_of_its_client() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let (client, other) = (sample(&world, &own).await, sample(&world, &own).await);
    let pushed = push(&world, &client, &[]).await.expect(201);
    assert!(pushed.str("/request_uri").starts_with("urn:ietf:params:oauth:request_uri:"), "{pushed:?}");
    assert_eq!((pushed.body["expires_in"].as_i64(), pushed.header("cache-control")), (Some(90), "no-store"));
    leads_nowhere(&browser.open(&opening(&other, &pushed)).await, "another client's");
    // What stands outside does not count, and the person may come back until there is a code.
    let opened = format!("{}&scope=nothing&redirect_uri=https%3A%2F%2Fevil.example", opening(&client, &pushed));
    assert!(asks_for_consent(&browser.open(&opened).await));
    let question = browser.open(&opening(&client, &pushed)).await;
    assert!(asks_for_consent(&question));
    Answered::of(&agree(&browser, &question).await).code();
    leads_nowhere(&browser.open(&opening(&client, &pushed)).await, "used up");
    leads_nowhere(&agree(&browser, &question).await, "the page of before");
    // Through the sign-in page and back.
    let pushed = push(&world, &client, &[]).await.expect(201);
    let fresh = Browser::new(&world);
    let page = fresh.open(&opening(&client, &pushed)).await.expect(200);
    let back = fresh.submit(&page, "/sign-in", &[("username", "ada"), ("password", PASSWORD)]).await.expect(303);
    Answered::of(&fresh.open(back.header("location")).await).code();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_granted_is_not_taken() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let client = sample(&world, &own).await;
    for (changes, code) in [
        (&[("redirect_uri", "https://evil.example/")][..], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("scope", "nothing")], "invalid_scope"),
        (&[("resource", "https://elsewhere.example")], "invalid_target"),
        (&[("request_uri", "urn:ietf:params:oauth:request_uri:abc")], "invalid_request"),
        (&[("request_uri", "https://evil.example/")], "invalid_request"),
        (&[("request", "eyJhbGciOiJub25lIn0.e30.")], "invalid_request_object"),
    ] {
        let refused = push(&world, &client, changes).await.expect(400);
        assert_eq!(refused.str("/error"), code, "{changes:?}: {}", refused.text);
    }
    let whole = query(&client, &[]);
    for body in [format!("{whole}&state=twice"), format!("{whole}&a=%ff"), "a".repeat(70_000)] {
        let refused = push_body(&world, body).await;
        assert!(matches!(refused.status, 400 | 413), "{refused:?}");
    }
    let json = world.request(&Anonymous, "POST", "/oauth/par").header("content-type", "application/json").body("{}");
    assert_eq!(world.send(json).await.expect(400).str("/error"), "invalid_request");
    // A client that does not exist and one that does not prove itself are told the same.
    let mut unknown = client.clone();
    unknown.client_id = "app_000000000000".to_owned();
    let secret = register(&world, own.organisation, |client| {
        client.registration.token_endpoint_auth_method = AuthMethod::ClientSecretBasic;
    })
    .await;
    let (one, two) = (push(&world, &unknown, &[]).await, push(&world, &secret, &[]).await);
    assert_eq!((one.status, one.str("/error"), &one.text), (two.status, "invalid_client", &two.text));
    for bad in ["urn:ietf:params:oauth:request_uri:", "urn:ietf:params:oauth:request_uri:nothing"] {
        let opened = format!("/oauth/authorize?client_id={}&request_uri={bad}", client.client_id);
        leads_nowhere(&browser.open(&opened).await, bad);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pushing_can_be_required() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let strict = register(&world, own.organisation, |client| client.registration.require_pushed_authorization_requests = true).await;
    Answered::of(&browser.open(&path(&strict, &[])).await).is_error("invalid_request");
    let pushed = push(&world, &strict, &[]).await.expect(201);
    assert!(asks_for_consent(&browser.open(&opening(&strict, &pushed)).await));
    let strict = World::on(On::Sqlite, |config| config.oauth.require_pushed_requests = true).await;
    strict.declare_orders().await;
    let (browser, own) = signed_in(&strict, "ada").await;
    let client = sample(&strict, &own).await;
    Answered::of(&browser.open(&path(&client, &[])).await).is_error("invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_binds_the_code_to_its_key() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let client = register(&world, own.organisation, |client| client.policy.first_party = true).await;
    let (key, url) = (Key::fresh(), format!("{ISSUER}/oauth/par"));
    let push_with = async |proof: &str, changes: &[(&str, &str)]| {
        let request = world.request(&Anonymous, "POST", "/oauth/par").header("content-type", "application/x-www-form-urlencoded");
        world.send(request.header("dpop", proof).body(query(&client, changes))).await
    };
    let now = world.authority().now();
    let refused = push_with(&key.proof(&url, now, "none"), &[]).await.expect(400);
    assert_eq!(refused.str("/error"), "use_dpop_nonce");
    let nonce = refused.header("dpop-nonce").to_owned();
    let elsewhere = push_with(&key.proof(&format!("{ISSUER}/oauth/token"), now, &nonce), &[]).await.expect(400);
    assert_eq!(elsewhere.str("/error"), "invalid_dpop_proof");
    let another = Key::fresh().thumbprint();
    let contradicts = push_with(&key.proof(&url, now, &nonce), &[("dpop_jkt", &another)]).await.expect(400);
    assert_eq!(contradicts.str("/error"), "invalid_request");
    let proof = key.proof(&url, now, &nonce);
    let pushed = push_with(&proof, &[]).await.expect(201);
    assert_eq!(push_with(&proof, &[]).await.expect(400).str("/error"), "invalid_dpop_proof", "a proof is good for once");
    let answered = Answered::of(&browser.open(&opening(&client, &pushed)).await);
    let kept = super::asking::authorization(&world, answered.code()).await;
    assert_eq!(kept.dpop_jkt, Some(key.thumbprint()));
}
