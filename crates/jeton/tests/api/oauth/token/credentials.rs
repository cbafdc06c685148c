//! `client_credentials`: what a client may have for itself.

use super::rig::{App, Rig, STOCK, claims, refused};
use crate::world::{ISSUER, ORDERS};
use jeton_core::{name::Audience, oauth::registration::AuthMethod};
use serde_json::json;

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

#[tokio::test(flavor = "multi_thread")]
async fn a_client_gets_a_token_for_one_api() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let reply = rig.ask(&app, &[GRANT, ("scope", "orders:write")], &[]).await.expect(200);
    assert_eq!((reply.str("/scope"), reply.str("/token_type")), ("orders:write", "Bearer"));
    assert!(reply.body["refresh_token"].is_null() && reply.body["id_token"].is_null());
    assert_eq!(rig.said(reply.str("/access_token"), ORDERS, "orders:write").await, "ok");
    let seen = rig.verify(reply.str("/access_token"), json!({"audience": ORDERS})).await;
    assert_eq!(seen.str("/subject"), app.client.id.to_string(), "{}", seen.text);
    let jwt = rig.ask(&app, &[GRANT, ("resource", STOCK), ("scope", "stock:read")], &[]).await.expect(200);
    let token = claims(jwt.str("/access_token"));
    assert_eq!(
        (&token["sub"], &token["client_id"], &token["iss"]),
        (&json!(app.client.client_id), &json!(app.client.client_id), &json!(ISSUER))
    );
    assert_eq!(rig.said(jwt.str("/access_token"), STOCK, "stock:read").await, "ok");
    // Suspending the client ends what it holds.
    let path = format!("/v1/tokens/{}", app.client.id.anchor());
    rig.post(&rig.owner, &format!("{path}/suspend"), json!({})).await;
    refused(&rig.ask(&app, &[GRANT, ("scope", "orders:write")], &[]).await, 401, "invalid_client");
    assert_eq!(rig.said(reply.str("/access_token"), ORDERS, "orders:write").await, "revoked");
    assert_eq!(rig.said(jwt.str("/access_token"), STOCK, "stock:read").await, "revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_may_not_have_is_named() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    for (fields, error) in [
        (&[("scope", "orders:read")][..], "invalid_target"),
        (&[("scope", "orders:write stock:read")], "invalid_target"),
        (&[("resource", ORDERS), ("resource", STOCK)], "invalid_target"),
        (&[("resource", "https://elsewhere.example.com")], "invalid_target"),
        (&[("resource", "nothing")], "invalid_target"),
        (&[("resource", ISSUER)], "invalid_target"),
        (&[("scope", "unknown")], "invalid_scope"),
        (&[("scope", "openid orders:write")], "invalid_scope"),
        (&[("scope", "orders:write orders:write")], "invalid_scope"),
        (&[("scope", "a\"b")], "invalid_scope"),
        (&[], "invalid_scope"),
    ] {
        refused(&rig.ask(&app, &[&[GRANT][..], fields].concat(), &[]).await, 400, error);
    }
    refused(&rig.ask(&rig.public().await, &[GRANT, ("scope", "orders:write")], &[]).await, 400, "unauthorized_client");
}

#[tokio::test(flavor = "multi_thread")]
async fn registration_and_policy_confine_it() {
    let rig = Rig::start().await;
    let app = rig
        .register(AuthMethod::ClientSecretPost, |client| {
            client.registration.scope = Some("openid orders:write".to_owned());
            client.policy.access_token_seconds = Some(30);
        })
        .await;
    let reply = rig.ask(&app, &[GRANT], &[]).await.expect(200);
    assert_eq!(
        (reply.str("/scope"), reply.body["expires_in"].as_u64()),
        ("orders:write", Some(30)),
        "what it registered, without a person's"
    );
    refused(&rig.ask(&app, &[GRANT, ("scope", "catalogue:read")], &[]).await, 400, "invalid_scope");
    let confined = rig
        .register(AuthMethod::ClientSecretPost, |client| client.policy.audiences = vec![Audience::parse(STOCK).expect("an audience")])
        .await;
    assert_eq!(rig.ask(&confined, &[GRANT, ("scope", "orders:read")], &[]).await.expect(200).str("/scope"), "orders:read");
    refused(&rig.ask(&confined, &[GRANT, ("resource", ORDERS)], &[]).await, 400, "invalid_target");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_type_has_a_life_of_its_own_and_the_shortest_holds() {
    let minute = |count| Some(jeton::config::SpanText(jeton_core::timestamp::Span::from_minutes(count)));
    let rig = Rig::on(crate::world::On::Sqlite, |config| {
        config.oauth.access_token_by_grant.client_credentials = minute(3);
        config.oauth.access_token_by_grant.authorization_code = minute(60);
    })
    .await;
    let expires_in = async |app: &App, fields: &[(&str, &str)]| {
        let reply = rig.ask(app, &[&[GRANT][..], fields].concat(), &[]).await.expect(200);
        reply.body["expires_in"].as_u64().expect("a number")
    };
    let plain = rig.app().await;
    assert_eq!(expires_in(&plain, &[("scope", "orders:read"), ("resource", ORDERS)]).await, 180, "as configured");
    let code = rig.code(&plain, |_| {}).await;
    assert_eq!(rig.exchange(&plain, &code, &[]).await.expect(200).body["expires_in"], 600, "longer than usual says nothing");
    let held = rig
        .register(AuthMethod::ClientSecretPost, |client| client.policy.access_token_seconds_by_grant.client_credentials = Some(60))
        .await;
    assert_eq!(expires_in(&held, &[("scope", "orders:read"), ("resource", ORDERS)]).await, 60, "the client's");
    let code = rig.code(&held, |_| {}).await;
    assert_eq!(rig.exchange(&held, &code, &[]).await.expect(200).body["expires_in"], 600, "not of another grant type");
    // The API's: by its own fields, over HTTP.
    let brief = json!({"audience": "https://brief.example.com", "name": "Brief", "scopes": [{"scope": "b"}],
        "access_token_seconds_by_grant": {"client_credentials": 45}});
    let added = rig.post(&rig.owner, "/v1/apis", brief).await.expect(201);
    assert_eq!(added.body["access_token_seconds_by_grant"], json!({"client_credentials": 45}));
    assert_eq!(expires_in(&plain, &[("scope", "b"), ("resource", "https://brief.example.com")]).await, 45);
    for lives in [json!({"password": 60}), json!({"client_credentials": 5}), json!({"refresh_token": 1_000_000})] {
        let bad = json!({"audience": "https://c.example.com", "name": "c", "access_token_seconds_by_grant": lives});
        assert_eq!(rig.post(&rig.owner, "/v1/apis", bad).await.status, 400, "{lives}");
        let metadata = json!({"redirect_uris": ["https://a.example/cb"]});
        let bad = json!({"metadata": metadata, "policy": {"access_token_seconds_by_grant": lives}});
        assert_eq!(rig.post(&rig.owner, "/v1/clients", bad).await.status, 400, "{lives}");
    }
}
