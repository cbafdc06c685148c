//! Answers tell nobody who is registered here, and neither does the work behind them: counted in statements, passwords and signatures,
//! since a clock in a test would prove nothing.

use super::{
    people::{PASSWORD, add},
    token::{
        key::{Key, jti, now},
        rig::Rig,
    },
};
use crate::world::{ISSUER, ORDERS, World};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, header};
use jeton::{
    account,
    http::Context,
    oauth::client_auth::{Presented, authenticate},
    password::Password,
    sign_in::{SignInFault, sign_in},
};
use jeton_core::{
    id::ClientId,
    oauth::{parameters::Parameters, registration::AuthMethod},
};
use jeton_store::testing::work_of;
use serde_json::json;

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn context() -> Context {
    Context::of(&http::Extensions::new())
}

/// What it costs that somebody is not believed to be a client: work of the store, and signatures that are verified.
async fn doubted(world: &World, fields: &[(&str, &str)], headers: &HeaderMap) -> (u64, u64) {
    let form = Parameters::of(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).expect("a form");
    let presented = Presented { headers, form: &form, context: context(), certificate: None };
    let before = world.authority().client_signatures.done();
    let (outcome, work) = work_of(authenticate(world.authority(), presented)).await;
    outcome.expect_err("nothing was proved");
    (work, world.authority().client_signatures.done() - before)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_exists_costs_what_another_costs() {
    let rig = Rig::start().await;
    let (known, basic, key) = (rig.app().await, rig.register(AuthMethod::ClientSecretBasic, |_| {}).await, Key::new());
    let signer = rig
        .register(AuthMethod::PrivateKeyJwt, |client| {
            client.registration.jwks = Some(json!({"keys": [key.jwk()]}));
            client.registration.token_endpoint_auth_signing_alg = Some("ES256".to_owned());
        })
        .await;
    // One of them is in memory, and all of them are from their first time on.
    rig.ask(&known, &[("grant_type", "client_credentials"), ("resource", ORDERS)], &[]).await.expect(200);
    let unknown = ClientId::from_random(rand::random()).to_string();
    let none = HeaderMap::new();
    for id in [unknown.as_str(), &known.client.client_id, &basic.client.client_id, &signer.client.client_id, &unknown, "nobody"] {
        let one = u64::from(id != "nobody");
        for _ in 0..2 {
            assert_eq!(doubted(&rig, &[("client_id", id), ("client_secret", "wrong")], &none).await, (one, 0), "{id}");
            let mut field = HeaderMap::new();
            let joined = STANDARD.encode(format!("{id}:wrong"));
            field.insert(header::AUTHORIZATION, HeaderValue::from_str(&format!("Basic {joined}")).expect("a value"));
            assert_eq!(doubted(&rig, &[], &field).await, (one, 0), "{id}");
            // By the key of another, by one that nobody has, and by no JWT at all.
            for (header, signatures) in [(json!({"alg": "ES256"}), 1), (json!({"alg": "ES256", "kid": "of nobody"}), 1), (json!({}), 0)] {
                let said = json!({"iss": id, "sub": id, "aud": ISSUER, "jti": jti(), "exp": now() + 60});
                let assertion = Key::new().sign(&header, &said);
                let fields = [("client_id", id), ("client_assertion_type", ASSERTION), ("client_assertion", assertion.as_str())];
                assert_eq!(doubted(&rig, &fields, &none).await, (one, signatures), "{id} {header}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_has_an_account_costs_what_nobody_costs() {
    let world = World::start().await;
    let (_, bob) = (add(&world, "ada").await, add(&world, "bob").await);
    world.post(&world.owner, "/v1/users", json!({"name": "eve", "email": "eve@example.com"})).await.expect(201);
    world.post(&world.owner, &format!("/v1/users/{}/disable", bob.str("/id")), json!({})).await.expect(200);
    let authority = world.authority();
    let tried = async |name: &str, password: &str| {
        let before = authority.sign_ins.hasher.done();
        let (outcome, work) = work_of(sign_in(authority, name, Password::new(password), &HeaderMap::new(), context())).await;
        assert_eq!(outcome.err(), Some(SignInFault::Wrong), "{name}");
        (work, authority.sign_ins.hasher.done() - before)
    };
    let nobody = tried("nobody", PASSWORD).await;
    assert_eq!(nobody, (2, 1), "an account is looked for and its password, and one password is compared");
    for (name, password) in [("ada", "not the password"), ("ada@example.com", "nor this one"), ("bob", PASSWORD), ("eve", PASSWORD)] {
        assert_eq!(tried(name, password).await, nobody, "{name}");
    }
    // Who forgot a password is answered before anybody is looked up.
    for name in ["ada", "nobody"] {
        let (outcome, work) = work_of(async { account::ask_for_reset(authority, name, context()) }).await;
        assert!(outcome.is_ok() && work == 0, "{name}");
    }
}
