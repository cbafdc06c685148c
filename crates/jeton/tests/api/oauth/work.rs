//! Answers tell nobody who is registered here, and neither does the work behind them: counted in statements, hashes and signatures,
//! since a clock in a test would prove nothing.

use super::{
    browser::Browser,
    forms::post,
    people::{PASSWORD, add},
    token::{key::Key, rig::Rig},
};
use crate::world::World;
use base64::{Engine, engine::general_purpose::STANDARD};
use jeton_core::{id::ClientId, oauth::registration::AuthMethod};
use serde_json::json;

/// What was done so far: statements, writes, passwords that were compared, signatures of clients that were verified.
fn done(world: &World) -> [u64; 4] {
    let authority = world.authority();
    let work = authority.store.work();
    [work.statements(), work.writes(), authority.sign_ins.hasher.done(), authority.client_signatures.done()]
}

/// What asking costs: the least of several times, since the jobs of the program go on beside it.
async fn cost(world: &World, mut ask: impl AsyncFnMut()) -> [u64; 4] {
    let mut least = [u64::MAX; 4];
    for _ in 0..4 {
        let before = done(world);
        ask().await;
        let after = done(world);
        for (slot, (after, before)) in least.iter_mut().zip(after.iter().zip(before)) {
            *slot = (*slot).min(after - before);
        }
    }
    least
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_exists_costs_what_another_costs() {
    let rig = Rig::start().await;
    let grant = [("grant_type", "client_credentials"), ("scope", "orders:read")];
    for path in ["/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/device_authorization", "/oauth/par"] {
        let (known, basic, key) = (rig.app().await, rig.register(AuthMethod::ClientSecretBasic, |_| {}).await, Key::new());
        let signer = rig
            .register(AuthMethod::PrivateKeyJwt, |client| {
                client.registration.jwks = Some(json!({"keys": [key.jwk()]}));
                client.registration.token_endpoint_auth_signing_alg = Some("ES256".to_owned());
            })
            .await;
        // In use, so that it is in memory.
        rig.ask(&known, &grant, &[]).await.expect(200);
        let unknown = &ClientId::from_random(rand::random()).to_string();
        let ids = [known.client.client_id.as_str(), &basic.client.client_id, &signer.client.client_id];
        for secret in ["wrong", known.secret.as_str()] {
            let by = async |id: &str| {
                cost(&rig, async || {
                    let fields = [("client_id", id), ("client_secret", secret)];
                    post(&rig, path, &[&fields[..], &grant].concat(), &[]).await.expect(401);
                })
                .await
            };
            let nobody = by(unknown).await;
            assert_eq!(nobody, [1, 0, 0, 0], "{path}: one look-up of the client");
            for id in ids.iter().filter(|id| secret == "wrong" || **id != known.client.client_id) {
                assert_eq!(by(id).await, nobody, "{path} {id}");
            }
        }
        let by = async |id: &str| {
            let header = format!("Basic {}", STANDARD.encode(format!("{id}:wrong")));
            cost(&rig, async || drop(post(&rig, path, &grant, &[("authorization", &header)]).await.expect(401))).await
        };
        let nobody = by(unknown).await;
        for id in ids {
            assert_eq!(by(id).await, nobody, "{path} {id}");
        }
        // A key of another, and keys that nobody has: each time one signature is verified.
        for header in [json!({"alg": "ES256"}), json!({"alg": "ES256", "kid": "of nobody"})] {
            let by = async |id: &str| {
                cost(&rig, async || {
                    let now = super::token::key::now();
                    let said = json!({"iss": id, "sub": id, "aud": crate::world::ISSUER, "jti": "x", "exp": now + 60});
                    let assertion = Key::new().sign(&header, &said);
                    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                    let fields = [("client_id", id), ("client_assertion_type", kind), ("client_assertion", assertion.as_str())];
                    post(&rig, path, &[&fields[..], &grant].concat(), &[]).await.expect(401);
                })
                .await
            };
            let nobody = by(unknown).await;
            assert_eq!(nobody, [1, 0, 0, 1], "{path}: one look-up, one signature");
            for id in ids {
                assert_eq!(by(id).await, nobody, "{path} {id} {header}");
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
    let sign_in = async |name: &str, password: &str| {
        let browser = Browser::new(&world);
        let page = browser.open("/sign-in").await.expect(200);
        cost(&world, async || drop(browser.submit(&page, "/sign-in", &[("username", name), ("password", password)]).await.expect(401)))
            .await
    };
    let nobody = sign_in("nobody", PASSWORD).await;
    assert_eq!((nobody[1], nobody[2]), (0, 1), "nothing is written, and one password is compared");
    assert!(nobody[0] > 0);
    for (name, password) in [("ada", "not the password"), ("ada@example.com", "nor this one"), ("bob", PASSWORD), ("eve", PASSWORD)] {
        assert_eq!(sign_in(name, password).await, nobody, "{name}");
    }
    // Who forgot a password is answered before anybody is looked up.
    let reset = async |name: &str| {
        let browser = Browser::new(&world);
        let page = browser.open("/account/reset").await.expect(200);
        cost(&world, async || drop(browser.submit(&page, "/account/reset", &[("name", name)]).await.expect(200))).await
    };
    assert_eq!((reset("ada").await, reset("nobody").await), ([0; 4], [0; 4]));
}
