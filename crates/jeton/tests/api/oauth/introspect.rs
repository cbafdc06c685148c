//! `/oauth/introspect`: told to those who are entitled, in one and the same answer to all others.

use super::{
    forms::{INACTIVE, by, introspect, is_active, post},
    token::{
        key::Key,
        rig::{App, Rig, STOCK, claims, refused, userinfo},
    },
};
use crate::world::{Anonymous, Bearer, ISSUER, ORDERS};
use base64::{Engine, engine::general_purpose::STANDARD};
use jeton_core::{
    name::Audience,
    oauth::registration::{AuthMethod, SubjectType},
    scope::ScopeSet,
};
use serde_json::{Value, json};

const PATH: &str = "/oauth/introspect";

/// The resource server of an API.
async fn server_of(rig: &Rig, audience: &str) -> App {
    let audience = Audience::parse(audience).expect("an audience");
    rig.register(AuthMethod::ClientSecretPost, |client| client.policy.introspects = vec![audience]).await
}

async fn own_token(rig: &Rig, app: &App, audience: &str, scope: &str) -> String {
    let fields = [("grant_type", "client_credentials"), ("scope", scope), ("resource", audience)];
    rig.ask(app, &fields, &[]).await.expect(200).str("/access_token").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_server_learns_of_tokens_for_its_api_and_of_no_others() {
    let rig = Rig::start().await;
    let (app, orders, stock) = (rig.app().await, server_of(&rig, ORDERS).await, server_of(&rig, STOCK).await);
    let before = rig.authority().now().as_seconds();
    let token = own_token(&rig, &app, ORDERS, "orders:read").await;
    let told = introspect(&rig, &orders, &token).await.body;
    let own = &app.client.client_id;
    for (name, value) in [
        ("active", json!(true)),
        ("scope", json!("orders:read")),
        ("client_id", json!(own)),
        ("sub", json!(own)),
        ("aud", json!(ORDERS)),
        ("iss", json!(ISSUER)),
        ("token_type", json!("Bearer")),
        ("jeton_kind", json!("oat")),
    ] {
        assert_eq!(told[name], value, "{told}");
    }
    let at = |name: &str| told[name].as_i64().expect("seconds");
    assert!(at("iat") >= before && at("exp") > at("iat") && told["jti"].as_str().is_some_and(|jti| jti.len() == 12), "{told}");
    assert_eq!(introspect(&rig, &app, &token).await.body, told, "its own client is told the same");

    // Everything else is one answer, byte for byte.
    let mut changed = token.clone();
    changed.replace_range(30..31, if &changed[30..31] == "A" { "B" } else { "A" });
    let management = rig.manager(&["tokens:read"]).await.0;
    let foreign = [&changed, "x", "jtn_oat_", "a.b.c", &management, &app.secret, "\u{e9}\u{0}"];
    let answers = [introspect(&rig, &stock, &token).await, introspect(&rig, &rig.app().await, &token).await];
    for reply in answers {
        assert_eq!(reply.text, INACTIVE);
        assert_eq!(reply.headers.len(), introspect(&rig, &orders, "x").await.headers.len());
    }
    for other in foreign {
        assert_eq!(introspect(&rig, &orders, other).await.text, INACTIVE, "{other}");
    }
    let id = told["jti"].as_str().expect("an id");
    rig.post(&rig.owner, &format!("/v1/tokens/{id}/suspend"), json!({"reason": "tried"})).await.expect(200);
    assert_eq!(introspect(&rig, &orders, &token).await.text, INACTIVE);
    rig.post(&rig.owner, &format!("/v1/tokens/{id}/resume"), json!({"reason": "tried"})).await.expect(200);
    assert!(is_active(&rig, &orders, &token).await);
    let anchor = app.client.id.anchor();
    rig.post(&rig.owner, &format!("/v1/tokens/{anchor}/revoke"), json!({"reason": "tried"})).await.expect(200);
    assert_eq!(introspect(&rig, &orders, &token).await.text, INACTIVE, "what it hangs on is dead");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_personal_tokens_are_told_of_as_well() {
    let rig = Rig::start().await;
    let (orders, stock) = (server_of(&rig, ORDERS).await, server_of(&rig, STOCK).await);
    for kind in ["pat", "key", "svc"] {
        let body = json!({"kind": kind, "name": "one", "audience": [ORDERS], "scopes": ["orders:read"], "expires_in": 3600});
        let token = rig.issue(body).await.str("/token").to_owned();
        let told = introspect(&rig, &orders, &token).await.body;
        assert_eq!((&told["active"], &told["jeton_kind"], &told["aud"]), (&json!(true), &json!(kind), &json!(ORDERS)), "{told}");
        assert!(told.get("client_id").is_none() && told["exp"].is_i64(), "{told}");
        assert_eq!(introspect(&rig, &stock, &token).await.text, INACTIVE);
    }
    // Of a token for several APIs each learns its own; one for a network is good from there alone.
    let both = json!({"kind": "pat", "name": "both", "audience": [ORDERS, STOCK], "scopes": ["orders:read"], "networks": ["192.0.2.0/24"]});
    let token = rig.issue(both).await.str("/token").to_owned();
    assert_eq!(introspect(&rig, &orders, &token).await.text, INACTIVE);
    let from = async |address| by(&rig, &orders, PATH, &[("token", &token), ("client_ip", address)]).await;
    assert_eq!(from("192.0.2.7").await.body["aud"], json!(ORDERS));
    assert_eq!(from("198.51.100.7").await.text, INACTIVE);
    refused(&from("somewhere").await, 400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_must_prove_himself() {
    let rig = Rig::start().await;
    let app = server_of(&rig, ORDERS).await;
    let token = own_token(&rig, &app, ORDERS, "orders:read").await;
    let fields = [("token", token.as_str())];
    refused(&post(&rig, PATH, &fields, &[]).await, 400, "invalid_request");
    let public = rig.public().await;
    refused(&by(&rig, &public, PATH, &fields).await, 401, "invalid_client");
    let wrong = App { client: app.client.clone(), secret: public.secret.clone() };
    refused(&by(&rig, &wrong, PATH, &fields).await, 401, "invalid_client");
    refused(&by(&rig, &app, PATH, &[]).await, 400, "invalid_request");
    refused(&by(&rig, &app, PATH, &[("token", "a"), ("token", "b")]).await, 400, "invalid_request");
    refused(&post(&rig, &format!("{PATH}?client_id=x&token={token}"), &[], &[]).await, 400, "invalid_request");
    assert_eq!(rig.get(&Anonymous, &format!("{PATH}?token=x")).await.status, 405);

    // A management token asks for its organisation, with the scope for that.
    let ask = async |bearer: &Bearer| {
        let credential = format!("Bearer {}", bearer.0);
        post(&rig, PATH, &fields, &[("authorization", &credential)]).await
    };
    assert_eq!(ask(&rig.manager(&["tokens:verify"]).await).await.expect(200).body["active"], json!(true));
    let other = ask(&rig.manager(&["tokens:read"]).await).await;
    assert_eq!((other.status, other.str("/code")), (403, "insufficient_scope"), "{}", other.text);
    assert_eq!(ask(&Bearer("x".into())).await.status, 401);
    let basic = rig
        .register(AuthMethod::ClientSecretBasic, |client| client.policy.introspects = vec![Audience::parse(ORDERS).expect("an audience")])
        .await;
    let credential = format!("Basic {}", STANDARD.encode(format!("{}:{}", basic.client.client_id, basic.secret)));
    assert_eq!(post(&rig, PATH, &fields, &[("authorization", &credential)]).await.expect(200).body["active"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_persons_tokens_it_says_how_that_person_signed_in() {
    let rig = Rig::start().await;
    let (orders, stock) = (server_of(&rig, ORDERS).await, server_of(&rig, STOCK).await);
    let pairwise = rig.register(AuthMethod::ClientSecretPost, |client| client.registration.subject_type = SubjectType::Pairwise).await;
    let code =
        rig.code(&pairwise, |given| given.scopes = ScopeSet::parse_spaced("openid offline_access orders:read").expect("scopes")).await;
    let issued = rig.exchange(&pairwise, &code, &[]).await.expect(200);
    let (access, refresh, id_token) = (issued.str("/access_token"), issued.str("/refresh_token"), issued.str("/id_token"));
    let told = introspect(&rig, &orders, access).await.body;
    assert_eq!((&told["acr"], &told["sub"]), (&json!("urn:example:pwd"), &json!(rig.user.to_string())), "{told}");
    assert_eq!(told["aud"], json!(ORDERS), "userinfo is between the client and the server: {told}");
    assert_eq!((&told["auth_time"], &told["username"]), (&claims(id_token)["auth_time"], &json!("ada")));
    let own = introspect(&rig, &pairwise, access).await.body;
    assert_eq!(
        (&own["sub"], &own["aud"]),
        (&claims(id_token)["sub"], &json!([ORDERS, userinfo()])),
        "the client knows another name: {own}"
    );
    assert!(own.get("username").is_none(), "and none that its scopes do not tell: {own}");

    // Refresh tokens are for their own client; ID tokens are no tokens.
    let told = introspect(&rig, &pairwise, refresh).await.body;
    assert_eq!((&told["active"], &told["jeton_kind"]), (&json!(true), &json!("ort")), "{told}");
    assert!(told.get("token_type").is_none(), "{told}");
    for (app, token) in [(&orders, refresh), (&stock, refresh), (&orders, id_token), (&pairwise, id_token)] {
        assert_eq!(introspect(&rig, app, token).await.text, INACTIVE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jwts_and_bound_tokens_are_told_of_and_answers_can_be_signed() {
    let rig = Rig::start().await;
    let audience = Audience::parse(STOCK).expect("an audience");
    let signed = rig
        .register(AuthMethod::ClientSecretPost, |client| {
            client.policy.introspects = vec![audience];
            client.registration.introspection_signed_response_alg = Some("ES256".to_owned());
        })
        .await;
    let (app, key) = (rig.app().await, Key::new());
    let fields = [("grant_type", "client_credentials"), ("scope", "stock:read"), ("resource", STOCK)];
    let issued = rig.ask(&app, &fields, &[("dpop", &key.proof(&json!({})))]).await;
    // The first answer may be the nonce that proofs need.
    let nonce = issued.header("dpop-nonce").to_owned();
    let issued = rig.ask(&app, &fields, &[("dpop", &key.proof(&json!({"nonce": nonce})))]).await.expect(200);
    let jwt = issued.str("/access_token");
    assert_eq!(jwt.matches('.').count(), 2);
    let told = introspect(&rig, &signed, jwt).await.body;
    assert_eq!((&told["token_type"], &told["cnf"]["jkt"]), (&json!("DPoP"), &json!(key.thumbprint())), "{told}");
    for at in ["exp", "iat", "jti", "aud", "sub"] {
        assert_eq!(told[at], claims(jwt)[at], "{at}");
    }
    let accept = [("accept", "text/html, application/token-introspection+jwt;q=0.9")];
    let form = [("client_id", signed.client.client_id.as_str()), ("client_secret", &signed.secret), ("token", jwt)];
    let answer = post(&rig, PATH, &form, &accept).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/token-introspection+jwt");
    let said = claims(&answer.text);
    assert_eq!((&said["iss"], &said["aud"], &said["token_introspection"]), (&json!(ISSUER), &json!(signed.client.client_id), &told));
    assert!(said.get("sub").is_none() && said.get("exp").is_none(), "it passes for no other JWT: {said}");
    // Itself it is no token, nor is one of a list.
    assert_eq!(introspect(&rig, &signed, &answer.text).await.text, INACTIVE);
    let none = post(&rig, PATH, &[form[0], form[1], ("token", "x")], &accept).await.expect(200);
    assert_eq!(claims(&none.text)["token_introspection"], json!({"active": false}));
    let _: Value = said;
}
