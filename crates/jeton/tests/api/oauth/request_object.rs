//! Signed requests (RFC 9101): what stands inside counts, what stands outside does not, and tricks lead nowhere.

use super::{
    asking::{Answered, CALLBACK, STATE, VERIFIER, asks_for_consent, leads_nowhere, path, register},
    client_key::{Key, RsaKey, encoded},
    people::signed_in,
};
use crate::world::{Anonymous, ISSUER, World};
use jeton_core::{id::OrganisationId, oauth::pkce};
use jeton_store::client::Client;
use serde_json::{Value, json};

fn header() -> Value {
    json!({"alg": "ES256", "kid": "one", "typ": "oauth-authz-req+jwt"})
}

/// A request object.
fn object_of(key: &Key, claims: &Value) -> String {
    key.sign(&header(), claims)
}

/// The claims of a request in order, with these members besides or instead.
fn claims(client: &Client, changes: Value) -> Value {
    let mut claims = json!({
        "iss": client.client_id, "aud": ISSUER, "client_id": client.client_id, "response_type": "code", "redirect_uri": CALLBACK,
        "scope": "openid orders:read", "state": STATE, "code_challenge": pkce::challenge_of(VERIFIER), "code_challenge_method": "S256",
    });
    for (name, value) in changes.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    claims
}

async fn client_of(world: &World, organisation: OrganisationId, key: &Key) -> Client {
    register(world, organisation, |client| client.registration.jwks = Some(key.jwks())).await
}

/// A request that carries an object, and this besides.
fn carrying(client: &Client, object: &str, besides: &str) -> String {
    format!("/oauth/authorize?client_id={}&request={object}{besides}", client.client_id)
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_signed_counts() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let key = Key::fresh();
    let client = client_of(&world, own.organisation, &key).await;
    let object = object_of(&key, &claims(&client, json!({})));
    let question =
        browser.open(&carrying(&client, &object, "&scope=nothing&redirect_uri=https%3A%2F%2Fevil.example&response_type=code")).await;
    assert!(asks_for_consent(&question), "{}", question.text);
    Answered::of(&super::asking::agree(&browser, &question).await).code();
    // Numbers and objects arrive as they are meant.
    let object = object_of(
        &key,
        &claims(&client, json!({"max_age": 3600, "claims": {"id_token": {"auth_time": null}}, "resource": [crate::world::ORDERS]})),
    );
    let answered = Answered::of(&browser.open(&carrying(&client, &object, "")).await);
    assert!(super::asking::authorization(&world, answered.code()).await.claims.is_some());
    let object = object_of(&key, &claims(&client, json!({"scope": "nothing"})));
    Answered::of(&browser.open(&carrying(&client, &object, "")).await).is_error("invalid_scope");
    // It can be pushed as well.
    let body = format!("client_id={}&request={}", client.client_id, object_of(&key, &claims(&client, json!({}))));
    let request = world.request(&Anonymous, "POST", "/oauth/par").header("content-type", "application/x-www-form-urlencoded").body(body);
    let pushed = world.send(request).await.expect(201);
    let opened = format!("/oauth/authorize?client_id={}&request_uri={}", client.client_id, pushed.str("/request_uri"));
    Answered::of(&browser.open(&opened).await).code();
}

#[tokio::test(flavor = "multi_thread")]
async fn tricks_with_objects_lead_nowhere() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let (key, foreign) = (Key::fresh(), Key::fresh());
    let client = client_of(&world, own.organisation, &key).await;
    let other = client_of(&world, own.organisation, &foreign).await;
    let bare = register(&world, own.organisation, |_| {}).await;
    let good = claims(&client, json!({}));
    let (head, body) = (encoded(&header()), encoded(&good));
    let whole = object_of(&key, &good);
    let past = json!({"exp": 1_000_000_000});
    for (object, about) in [
        (object_of(&foreign, &good), "another's key"),
        (format!("{}.{body}.", encoded(&json!({"alg": "none"}))), "no signature"),
        (format!("{}.{body}.", encoded(&json!({"alg": "noNE", "kid": "one"}))), "no signature, in other letters"),
        (format!("{head}.{body}."), "an empty signature"),
        (key.sign(&json!({"alg": "HS256", "kid": "one"}), &good), "another algorithm"),
        (key.sign(&json!({"alg": "ES256", "kid": "one", "typ": "at+jwt"}), &good), "another type"),
        (key.sign(&json!({"alg": "ES256", "kid": "one", "crit": ["x"], "x": 1}), &good), "something critical"),
        (key.sign(&json!({"alg": "ES256", "kid": "two", "jwk": foreign.jwks()["keys"][0]}), &good), "a key of its own"),
        (object_of(&key, &claims(&client, json!({"aud": "https://elsewhere.example"}))), "another audience"),
        (object_of(&key, &claims(&client, json!({"iss": other.client_id}))), "another issuer"),
        (object_of(&key, &claims(&client, json!({"client_id": other.client_id}))), "another client inside"),
        (object_of(&key, &claims(&client, past)), "too old"),
        (object_of(&key, &claims(&client, json!({"request_uri": "https://evil.example"}))), "a request in a request"),
        (object_of(&key, &claims(&client, json!({"redirect_uri": "https://evil.example/"}))), "another address inside"),
        (object_of(&key, &claims(&client, json!({"scope": ["openid"], "state": ["a", "b"]}))), "lists"),
        (whole.replace('.', "..").replacen("..", ".", 1), "another number of parts"),
        (format!("{whole}="), "padding"),
        ("{}".to_owned(), "no JWT"),
        ("a".repeat(7000), "something long"),
    ] {
        leads_nowhere(&browser.open(&carrying(&client, &object, "")).await, about);
    }
    // What another client signed, and an object for a client that has no keys.
    leads_nowhere(&browser.open(&carrying(&other, &whole, "")).await, "another client outside");
    leads_nowhere(&browser.open(&carrying(&bare, &whole, "")).await, "no keys");
    leads_nowhere(&browser.open(&carrying(&client, &whole, "&response_type=token")).await, "a contradiction");
    leads_nowhere(&browser.open(&format!("/oauth/authorize?request={whole}")).await, "no client outside");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_read_for_the_algorithm_of_requests() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let key = RsaKey::fresh();
    for (algorithm, is_taken) in [("PS256", true), ("RS256", false)] {
        let client = register(&world, own.organisation, |client| {
            client.registration.jwks = Some(key.jwks());
            client.registration.request_object_signing_alg = Some(algorithm.to_owned());
            // What assertions are signed with is another matter.
            client.registration.token_endpoint_auth_signing_alg = Some("RS256".to_owned());
        })
        .await;
        let header = json!({"alg": "PS256", "kid": "one", "typ": "oauth-authz-req+jwt"});
        let page = browser.open(&carrying(&client, &key.sign(&header, &claims(&client, json!({}))), "")).await;
        assert_eq!(asks_for_consent(&page), is_taken, "{algorithm}: {}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_can_be_required() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let key = Key::fresh();
    let client = register(&world, own.organisation, |client| {
        client.registration.jwks = Some(key.jwks());
        client.registration.require_signed_request_object = true;
    })
    .await;
    leads_nowhere(&browser.open(&path(&client, &[])).await, "unsigned");
    assert!(asks_for_consent(&browser.open(&carrying(&client, &object_of(&key, &claims(&client, json!({}))), "")).await));
}
