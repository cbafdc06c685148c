//! Who is registered here is nobody's to find out: wherever a client proves itself, one that exists and a wrong proof are answered as
//! one that does not exist, in the same bytes and under the same fields.

use super::{
    forms::post,
    token::{key::Key, rig::Rig},
};
use crate::world::Reply;
use base64::{Engine, engine::general_purpose::STANDARD};
use jeton_core::oauth::registration::AuthMethod;
use serde_json::json;

/// Where clients prove themselves, with what else a request there needs.
const PLACES: [(&str, &[(&str, &str)]); 5] = [
    ("/oauth/token", &[("grant_type", "client_credentials"), ("scope", "orders:read")]),
    ("/oauth/introspect", &[("token", "jtn_oat_x")]),
    ("/oauth/revoke", &[("token", "jtn_oat_x")]),
    ("/oauth/device_authorization", &[("scope", "orders:read")]),
    ("/oauth/par", &[("response_type", "code")]),
];

/// An answer but for what differs each time.
fn seen(reply: &Reply) -> (u16, Vec<(String, String)>, String) {
    let own = ["jeton-request-id", "date", "dpop-nonce"];
    let mut fields: Vec<_> = reply
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), if own.contains(&name.as_str()) { String::new() } else { format!("{value:?}") }))
        .collect();
    fields.sort();
    (reply.status, fields, reply.text.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_exist_are_not_told_from_those_that_do_not() {
    let rig = Rig::start().await;
    let (known, other, key) = (rig.app().await, rig.app().await, Key::new());
    let basic = rig.register(AuthMethod::ClientSecretBasic, |_| {}).await;
    let signer = rig
        .register(AuthMethod::PrivateKeyJwt, |client| {
            client.registration.jwks = Some(json!({"keys": [key.jwk()]}));
            client.registration.token_endpoint_auth_signing_alg = Some("ES256".to_owned());
        })
        .await;
    let certified = rig.register(AuthMethod::SelfSignedTlsClientAuth, |client| client.registration.jwks = Some(json!({"keys": []}))).await;
    let held = rig.register(AuthMethod::None, |client| client.state = jeton_store::client::ClientState::Suspended).await;
    let unknown = "app_00000000000A";
    for (path, more) in PLACES {
        let ask = async |own: &[(&str, &str)], headers: &[(&str, &str)]| seen(&post(&rig, path, &[own, more].concat(), headers).await);
        // By a secret in the body: a wrong one, that of another, none.
        let nobody = ask(&[("client_id", unknown), ("client_secret", &other.secret)], &[]).await;
        assert_eq!(nobody.0, 401, "{path}: {nobody:?}");
        for (client, secret) in [(&known, "wrong"), (&known, &other.secret), (&basic, &basic.secret), (&signer, "x"), (&held, "x")] {
            let told = ask(&[("client_id", &client.client.client_id), ("client_secret", secret)], &[]).await;
            assert_eq!(told, nobody, "{path}");
        }
        let nameless = ask(&[("client_id", unknown)], &[]).await;
        for client in [&known, &basic, &signer, &certified, &held] {
            assert_eq!(ask(&[("client_id", &client.client.client_id)], &[]).await, nameless, "{path}");
        }
        // By a secret in the header.
        let header = |id: &str, secret: &str| format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        let nobody = ask(&[], &[("authorization", &header(unknown, &other.secret))]).await;
        for (client, secret) in [(&basic, "wrong"), (&basic, &other.secret), (&known, &known.secret), (&held, "x")] {
            assert_eq!(ask(&[], &[("authorization", &header(&client.client.client_id, secret))]).await, nobody, "{path}");
        }
        // By an assertion: of another key, or for a client that has none.
        let asserted = async |id: &str, by: &Key| {
            let assertion = by.assertion(id, &json!({}));
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            ask(&[("client_id", id), ("client_assertion_type", kind), ("client_assertion", &assertion)], &[]).await
        };
        let nobody = asserted(unknown, &key).await;
        for (client, by) in [(&signer, &Key::new()), (&known, &key), (&held, &key)] {
            assert_eq!(asserted(&client.client.client_id, by).await, nobody, "{path}");
        }
    }
}
