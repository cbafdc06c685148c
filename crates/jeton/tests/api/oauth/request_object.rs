//! Signed requests (RFC 9101): what stands inside counts, what stands outside does not, and tricks lead nowhere.

use super::{
    asking::{Answered, CALLBACK, STATE, VERIFIER, asks_for_consent, leads_nowhere, path, register},
    people::signed_in,
};
use crate::world::{Anonymous, ISSUER, World};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton_core::{id::OrganisationId, oauth::pkce};
use jeton_store::client::Client;
use serde_json::{Value, json};

/// The key of a client.
struct Key(EcdsaKeyPair);

impl Key {
    fn fresh() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"))
    }
    fn jwks(&self) -> Value {
        let point = self.0.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
        json!({"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "one", "x": x, "y": y}]})
    }
    fn sign(&self, header: &Value, claims: &Value) -> String {
        let text = format!("{}.{}", encoded(header), encoded(claims));
        let signature = self.0.sign(&SystemRandom::new(), text.as_bytes()).expect("signs");
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
    fn object(&self, claims: &Value) -> String {
        self.sign(&header(), claims)
    }
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn header() -> Value {
    json!({"alg": "ES256", "kid": "one", "typ": "oauth-authz-req+jwt"})
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
    let object = key.object(&claims(&client, json!({})));
    let question =
        browser.open(&carrying(&client, &object, "&scope=nothing&redirect_uri=https%3A%2F%2Fevil.example&response_type=code")).await;
    assert!(asks_for_consent(&question), "{}", question.text);
    Answered::of(&super::asking::agree(&browser, &question).await).code();
    // Numbers and objects arrive as they are meant.
    let object =
        key.object(&claims(&client, json!({"max_age": 3600, "claims": {"id_token": {"email": null}}, "resource": [crate::world::ORDERS]})));
    let answered = Answered::of(&browser.open(&carrying(&client, &object, "")).await);
    assert!(super::asking::authorization(&world, answered.code()).await.claims.is_some());
    let object = key.object(&claims(&client, json!({"scope": "nothing"})));
    Answered::of(&browser.open(&carrying(&client, &object, "")).await).is_error("invalid_scope");
    // It can be pushed as well.
    let body = format!("client_id={}&request={}", client.client_id, key.object(&claims(&client, json!({}))));
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
    let whole = key.object(&good);
    let past = json!({"exp": 1_000_000_000});
    for (object, about) in [
        (foreign.object(&good), "another's key"),
        (format!("{}.{body}.", encoded(&json!({"alg": "none"}))), "no signature"),
        (format!("{}.{body}.", encoded(&json!({"alg": "noNE", "kid": "one"}))), "no signature, in other letters"),
        (format!("{head}.{body}."), "an empty signature"),
        (key.sign(&json!({"alg": "HS256", "kid": "one"}), &good), "another algorithm"),
        (key.sign(&json!({"alg": "ES256", "kid": "one", "typ": "at+jwt"}), &good), "another type"),
        (key.sign(&json!({"alg": "ES256", "kid": "one", "crit": ["x"], "x": 1}), &good), "something critical"),
        (key.sign(&json!({"alg": "ES256", "kid": "two", "jwk": foreign.jwks()["keys"][0]}), &good), "a key of its own"),
        (key.object(&claims(&client, json!({"aud": "https://elsewhere.example"}))), "another audience"),
        (key.object(&claims(&client, json!({"iss": other.client_id}))), "another issuer"),
        (key.object(&claims(&client, json!({"client_id": other.client_id}))), "another client inside"),
        (key.object(&claims(&client, past)), "too old"),
        (key.object(&claims(&client, json!({"request_uri": "https://evil.example"}))), "a request in a request"),
        (key.object(&claims(&client, json!({"redirect_uri": "https://evil.example/"}))), "another address inside"),
        (key.object(&claims(&client, json!({"scope": ["openid"], "state": ["a", "b"]}))), "lists"),
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
    assert!(asks_for_consent(&browser.open(&carrying(&client, &key.object(&claims(&client, json!({}))), "")).await));
}
