//! Client authentication: one method in each request, the registered one, and nothing told to whoever proved nothing.

use super::{
    key::{Key, now},
    rig::{App, Rig, TOKEN_URL, refused},
};
use crate::world::{ISSUER, ORDERS, Reply};
use base64::{Engine, engine::general_purpose::STANDARD};
use jeton_core::{kind::TokenKind, oauth::registration::AuthMethod, timestamp::Span, token_text::PlainToken};
use jeton_store::{audit::Actor, client::ClientState, token::Rotation};
use serde_json::{Value, json};

const CREDENTIALS: [(&str, &str); 3] = [("grant_type", "client_credentials"), ("scope", "orders:read"), ("resource", ORDERS)];
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

async fn by_header(rig: &Rig, id: &str, secret: &str) -> Reply {
    rig.send_form(&CREDENTIALS, &[("authorization", &basic(id, secret))]).await
}

async fn by_body(rig: &Rig, id: &str, secret: &str) -> Reply {
    rig.send_form(&[&CREDENTIALS[..], &[("client_id", id), ("client_secret", secret)]].concat(), &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_prove_their_clients_by_the_registered_method() {
    let rig = Rig::start().await;
    let (header, body) = (rig.register(AuthMethod::ClientSecretBasic, |_| {}).await, rig.app().await);
    by_header(&rig, &header.client.client_id, &header.secret).await.expect(200);
    // Form-encoded, as RFC 6749 wants it, though nothing in it needs that.
    by_header(&rig, &header.client.client_id.replace('_', "%5F"), &header.secret.replace("_", "%5f")).await.expect(200);
    by_body(&rig, &body.client.client_id, &body.secret).await.expect(200);
    let strange = by_body(&rig, "app_000000000000", &body.secret).await;
    refused(&strange, 401, "invalid_client");
    assert_eq!(strange.header("www-authenticate"), "", "no challenge where the header was not used");
    for wrong in [
        by_body(&rig, &header.client.client_id, &header.secret).await,
        by_body(&rig, &body.client.client_id, &header.secret).await,
        by_body(&rig, &body.client.client_id, "x").await,
        by_body(&rig, "https://nobody.example/", &body.secret).await,
        by_body(&rig, "\u{e9}", "\u{0}").await,
    ] {
        refused(&wrong, 401, "invalid_client");
        assert_eq!(wrong.text, strange.text, "the same words for all");
    }
    for wrong in [
        by_header(&rig, &body.client.client_id, &body.secret).await,
        by_header(&rig, "app_000000000000", &header.secret).await,
        rig.send_form(&CREDENTIALS, &[("authorization", "Bearer x")]).await,
        rig.send_form(&CREDENTIALS, &[("authorization", "Basic !")]).await,
    ] {
        refused(&wrong, 401, "invalid_client");
        assert!(wrong.header("www-authenticate").starts_with("Basic realm="));
        assert_eq!(wrong.text, strange.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_method_in_each_request() {
    let rig = Rig::start().await;
    let app = rig.register(AuthMethod::ClientSecretBasic, |_| {}).await;
    let header = basic(&app.client.client_id, &app.secret);
    let with = async |more: &[(&str, &str)]| rig.send_form(&[&CREDENTIALS[..], more].concat(), &[("authorization", &header)]).await;
    with(&[("client_id", &app.client.client_id)]).await.expect(200);
    refused(&with(&[("client_secret", &app.secret)]).await, 400, "invalid_request");
    refused(&with(&[("client_assertion", "x"), ("client_assertion_type", ASSERTION_TYPE)]).await, 400, "invalid_request");
    refused(&with(&[("client_id", "app_000000000000")]).await, 400, "invalid_request");
    let both = [("client_id", app.client.client_id.as_str()), ("client_secret", "x"), ("client_assertion", "x")];
    refused(&rig.send_form(&[&CREDENTIALS[..], &both].concat(), &[]).await, 400, "invalid_request");
    refused(&rig.send_form(&CREDENTIALS, &[]).await, 400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_secrets_of_a_rotation_are_live() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let next = PlainToken::from_random(None, TokenKind::Cls, app.client.id.anchor(), &rand::random());
    let at = rig.authority().now();
    let rotation = async |digest, hint: &str, end: Span| {
        let rotation = Rotation {
            digest,
            hint: hint.to_owned(),
            previous_until: rig.authority().now().plus(end),
            end_running_overlap: true,
            quiet_seconds: None,
        };
        let store = &rig.authority().store;
        store.rotate_token(rig.organisation, app.client.id.anchor(), rotation, Actor::system(at)).await.expect("rotated");
    };
    rotation(next.digest(), next.hint(), Span::from_hours(1)).await;
    by_body(&rig, &app.client.client_id, &app.secret).await.expect(200);
    by_body(&rig, &app.client.client_id, next.expose()).await.expect(200);
    let last = PlainToken::from_random(None, TokenKind::Cls, app.client.id.anchor(), &rand::random());
    rotation(last.digest(), last.hint(), Span::from_micros(0)).await;
    refused(&by_body(&rig, &app.client.client_id, &app.secret).await, 401, "invalid_client");
    refused(&by_body(&rig, &app.client.client_id, next.expose()).await, 401, "invalid_client");
    by_body(&rig, &app.client.client_id, last.expose()).await.expect(200);
}

async fn signer(rig: &Rig, key: &Key) -> App {
    let jwk = key.jwk();
    rig.register(AuthMethod::PrivateKeyJwt, |client| client.registration.jwks = Some(json!({"keys": [jwk]}))).await
}

async fn asserted(rig: &Rig, assertion: &str) -> Reply {
    let fields = [("client_assertion", assertion), ("client_assertion_type", ASSERTION_TYPE)];
    rig.send_form(&[&CREDENTIALS[..], &fields].concat(), &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_is_for_this_issuer_alone_and_good_once() {
    let rig = Rig::start().await;
    let (key, stranger) = (Key::new(), Key::new());
    let app = signer(&rig, &key).await;
    let id = app.client.client_id.as_str();
    let good = key.assertion(id, &json!({}));
    asserted(&rig, &good).await.expect(200);
    let replayed = asserted(&rig, &good).await;
    refused(&replayed, 401, "invalid_client");
    assert!(replayed.str("/error_description").contains("used before"), "{}", replayed.text);
    asserted(&rig, &key.assertion(id, &json!({"aud": [ISSUER]}))).await.expect(200);
    for (claims, word) in [
        (json!({"aud": TOKEN_URL}), "aud"),
        (json!({"aud": [ISSUER, TOKEN_URL]}), "aud"),
        (json!({"aud": format!("{ISSUER}/")}), "aud"),
        (json!({"aud": "https://other.example"}), "aud"),
        (json!({"exp": now() - 1}), "expired"),
        (json!({"exp": now() + 86_400}), "exp"),
        (json!({"sub": "app_000000000000"}), "sub"),
        (json!({"jti": Value::Null}), "jti"),
    ] {
        let reply = asserted(&rig, &key.assertion(id, &claims)).await;
        refused(&reply, 401, "invalid_client");
        assert!(reply.str("/error_description").contains(word), "{claims}: {}", reply.text);
    }
    // Whoever has not the key is told nothing.
    let unknown = asserted(&rig, &key.assertion("app_000000000000", &json!({}))).await;
    let forged = asserted(&rig, &stranger.assertion(id, &json!({}))).await;
    let none = key.sign(&json!({"alg": "none"}), &json!({"iss": id, "sub": id, "aud": ISSUER, "jti": "j", "exp": now() + 60}));
    for reply in [&unknown, &forged, &asserted(&rig, &none).await, &asserted(&rig, "x").await, &asserted(&rig, "a.b.c").await] {
        refused(reply, 401, "invalid_client");
        assert_eq!(reply.text, unknown.text);
    }
    let typeless = [("client_assertion", good.as_str()), ("client_assertion_type", "urn:x")];
    refused(&rig.send_form(&[&CREDENTIALS[..], &typeless].concat(), &[]).await, 400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_races_once() {
    let rig = Rig::start().await;
    let key = Key::new();
    let app = signer(&rig, &key).await;
    let assertion = key.assertion(&app.client.client_id, &json!({}));
    let replies = futures_util::future::join_all((0..20).map(|_| asserted(&rig, &assertion))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_libraries_may_name_the_token_endpoint_where_an_operator_allows_it() {
    let rig = Rig::start().await;
    let key = Key::new();
    let jwk = key.jwk();
    let app = rig
        .register(AuthMethod::PrivateKeyJwt, |client| {
            client.registration.jwks = Some(json!({"keys": [jwk]}));
            client.policy.legacy_assertion_audience = true;
        })
        .await;
    asserted(&rig, &key.assertion(&app.client.client_id, &json!({"aud": TOKEN_URL}))).await.expect(200);
    refused(&asserted(&rig, &key.assertion(&app.client.client_id, &json!({"aud": [ISSUER, TOKEN_URL]}))).await, 401, "invalid_client");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_approved_clients_get_tokens() {
    let rig = Rig::start().await;
    for state in [ClientState::Pending, ClientState::Rejected, ClientState::Suspended] {
        let app = rig.register(AuthMethod::ClientSecretPost, |client| client.state = state).await;
        let reply = by_body(&rig, &app.client.client_id, &app.secret).await;
        refused(&reply, 401, "invalid_client");
        assert!(reply.str("/error_description").contains("registration"), "who proved itself is told: {}", reply.text);
        let public = rig.register(AuthMethod::None, |client| client.state = state).await;
        let nobody = rig.send_form(&[("grant_type", "refresh_token"), ("client_id", "app_000000000000")], &[]).await;
        let told = rig.send_form(&[("grant_type", "refresh_token"), ("client_id", &public.client.client_id)], &[]).await;
        refused(&told, 401, "invalid_client");
        assert_eq!(told.text, nobody.text, "who proves nothing is not");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_throttled_for_known_and_unknown_clients_alike() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let mut first = Vec::new();
    for id in [app.client.client_id.as_str(), "app_000000000000"] {
        let mut replies = Vec::new();
        // A minute may begin in between, and then the count begins anew.
        while replies.last().is_none_or(|reply: &Reply| reply.status == 401) && replies.len() < 130 {
            replies.push(by_body(&rig, id, "wrong").await);
        }
        let last = replies.pop().expect("some");
        refused(&last, 429, "temporarily_unavailable");
        assert_eq!(last.header("retry-after"), "60");
        first.push(last.text);
    }
    assert_eq!(first[0], first[1]);
    let other = rig.app().await;
    by_body(&rig, &other.client.client_id, &other.secret).await.expect(200);
}
