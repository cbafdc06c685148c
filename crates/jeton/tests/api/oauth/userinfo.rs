//! `/oauth/userinfo`: behind the gate, with an audience of its own, and the subject that the client knows.

use super::token::rig::{App, Rig, claims};
use crate::world::{Anonymous, Bearer, ISSUER, ORDERS, Reply};
use jeton_core::{
    oauth::registration::{AuthMethod, SubjectType},
    scope::ScopeSet,
};
use serde_json::json;

const PATH: &str = "/oauth/userinfo";

async fn issued(rig: &Rig, app: &App, scopes: &str) -> Reply {
    let scopes = ScopeSet::parse_spaced(scopes).expect("scopes");
    let code = rig.code(app, |given| given.scopes = scopes).await;
    rig.exchange(app, &code, &[]).await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_what_the_scopes_allow_and_no_more() {
    let rig = Rig::start().await;
    let public = rig.app().await;
    let pairwise = rig.register(AuthMethod::ClientSecretPost, |client| client.registration.subject_type = SubjectType::Pairwise).await;
    for app in [&public, &pairwise] {
        for (scopes, names) in [
            ("openid orders:read", &["sub"][..]),
            ("openid orders:read email", &["email", "email_verified", "sub"]),
            ("openid orders:read profile", &["name", "preferred_username", "sub", "updated_at"]),
        ] {
            let issued = issued(&rig, app, scopes).await;
            let bearer = Bearer(issued.str("/access_token").to_owned());
            let told = rig.get(&bearer, PATH).await.expect(200);
            assert_eq!((told.header("content-type"), told.header("cache-control")), ("application/json", "no-store"));
            let own: Vec<&String> = told.body.as_object().expect("an object").keys().collect();
            assert_eq!(own, names, "{scopes}");
            assert_eq!(told.body["sub"], claims(issued.str("/id_token"))["sub"]);
            let posted = rig.request(&bearer, "POST", PATH).header("content-type", "application/x-www-form-urlencoded").body("");
            assert_eq!(rig.send(posted).await.expect(200).body, told.body);
        }
    }
    let told =
        rig.get(&Bearer(issued(&rig, &public, "openid orders:read email profile").await.str("/access_token").to_owned()), PATH).await;
    let made = rig.get(&rig.owner, &format!("/v1/users/{}", rig.user)).await.expect(200);
    let made: jeton_core::timestamp::Timestamp = serde_json::from_value(made.body["created_at"].clone()).expect("an instant");
    assert_eq!(
        told.body,
        json!({
            "sub": rig.user.to_string(), "name": "ada", "preferred_username": "ada", "email": "ada@example.com", "email_verified": false,
            "updated_at": made.as_seconds(),
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_signed_for_who_registered_that() {
    let rig = Rig::start().await;
    let app = rig
        .register(AuthMethod::ClientSecretPost, |client| client.registration.userinfo_signed_response_alg = Some("ES256".to_owned()))
        .await;
    let told =
        rig.get(&Bearer(issued(&rig, &app, "openid orders:read email").await.str("/access_token").to_owned()), PATH).await.expect(200);
    assert_eq!(told.header("content-type"), "application/jwt");
    let said = claims(&told.text);
    assert_eq!((&said["iss"], &said["aud"], &said["email"]), (&json!(ISSUER), &json!(app.client.client_id), &json!("ada@example.com")));
    assert_eq!(said["sub"], json!(rig.user.to_string()));
    // What is signed here opens nothing.
    assert_eq!(rig.get(&Bearer(told.text), PATH).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_carries_its_challenge() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let nobody = rig.get(&Anonymous, PATH).await;
    assert_eq!(nobody.status, 401);
    let challenge = nobody.header("www-authenticate");
    assert!(challenge.contains("Bearer") && !challenge.contains("error="), "no code where nothing came: {challenge}");
    let with = issued(&rig, &app, "openid orders:read").await;
    let without = issued(&rig, &app, "orders:read").await;
    let body = json!({"kind": "pat", "name": "one", "audience": [ORDERS], "scopes": ["orders:read"]});
    let pat = rig.issue(body).await.str("/token").to_owned();
    for token in [without.str("/access_token"), with.str("/id_token"), &pat, &rig.owner.0, "x", "a.b.c"] {
        let reply = rig.get(&Bearer(token.to_owned()), PATH).await;
        assert_eq!(reply.status, 401, "{token:.12} {}", reply.text);
        assert!(reply.header("www-authenticate").contains("error=\"invalid_token\""), "{}", reply.header("www-authenticate"));
    }
    let token = with.str("/access_token");
    let in_query = rig.get(&Anonymous, &format!("{PATH}?access_token={token}")).await;
    assert_eq!(in_query.status, 400, "{}", in_query.text);
    rig.get(&Bearer(token.to_owned()), PATH).await.expect(200);
    assert!(with.str("/scope").contains("openid") && claims(with.str("/id_token"))["aud"] == json!(app.client.client_id));
}
