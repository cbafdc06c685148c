//! What has an end of its own: pushed requests, device codes, grants and tokens are over when they say so, by no other word than that.

use super::{
    asking::{leads_nowhere, query},
    browser::Browser,
    forms::{INACTIVE, by, introspect, post},
    token::rig::{REDIRECT, Rig, refused},
};
use crate::world::{ORDERS, On, PATIENCE};
use jeton::config::Config;
use jeton_core::{name::Audience, oauth::grant_type::GrantType, oauth::registration::AuthMethod, timestamp::Span};
use serde_json::{Value, json};
use tokio::time::Instant;

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn with(adjust: impl FnOnce(&mut Config)) -> Rig {
    Rig::on(On::Sqlite, adjust).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_request_that_is_too_old_leads_nowhere() {
    let rig = with(|config| config.oauth.pushed_request.0 = Span::from_micros(0)).await;
    let app = rig.public().await;
    let asked = query(&app.client, &[("redirect_uri", REDIRECT), ("scope", "orders:read"), ("resource", ORDERS)]);
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(asked.as_bytes()).into_owned().collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let pushed = post(&rig, "/oauth/par", &fields, &[]).await.expect(201);
    let opened = format!("/oauth/authorize?client_id={}&request_uri={}", app.client.client_id, pushed.str("/request_uri"));
    leads_nowhere(&Browser::new(&rig).open(&opened).await, "too old");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_comes_too_late_begins_again() {
    let rig = with(|config| config.oauth.device_code.0 = Span::from_micros(0)).await;
    let app = rig.register(AuthMethod::None, |client| client.registration.grant_types = vec![GrantType::DeviceCode]).await;
    let begun = by(&rig, &app, "/oauth/device_authorization", &[("scope", "orders:read"), ("resource", ORDERS)]).await.expect(200);
    let late = rig.ask(&app, &[("grant_type", DEVICE_CODE), ("device_code", begun.str("/device_code"))], &[]).await;
    refused(&late, 400, "expired_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_ends_however_often_it_is_refreshed() {
    let life = Span::from_seconds(2);
    let rig = with(|config| (config.oauth.refresh_token.0, config.oauth.access_token.0) = (life, life)).await;
    let app = rig.app().await;
    let begun = Instant::now();
    let mut last = rig.exchange(&app, &rig.code(&app, |_| {}).await, &[]).await.expect(200);
    let mut refreshes = 0;
    let end = loop {
        let next = rig.refresh(&app, last.str("/refresh_token"), &[]).await;
        if next.status != 200 {
            break next;
        }
        assert!(next.body["expires_in"].as_u64() <= Some(2), "no access token outlives the grant: {}", next.text);
        assert!(begun.elapsed() < PATIENCE, "it has no end");
        (last, refreshes) = (next, refreshes + 1);
    };
    refused(&end, 400, "invalid_grant");
    assert!(refreshes > 0);
    assert_ne!(rig.said(last.str("/access_token"), ORDERS, "orders:read").await, "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn before_its_time_and_after_it_a_token_is_not_active() {
    let rig = Rig::start().await;
    let audience = Audience::parse(ORDERS).expect("an audience");
    let orders = rig.register(AuthMethod::ClientSecretPost, |client| client.policy.introspects = vec![audience]).await;
    let issue = async |more: Value| {
        let mut body = json!({"kind": "pat", "name": "one", "audience": [ORDERS], "scopes": ["orders:read"]});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        rig.issue(body).await.str("/token").to_owned()
    };
    let early = issue(json!({"expires_in": 7200, "not_before": rig.authority().now().plus(Span::from_hours(1))})).await;
    assert_eq!(introspect(&rig, &orders, &early).await.text, INACTIVE);
    assert_eq!(rig.said(&early, ORDERS, "orders:read").await, "not_yet_valid");

    let short = issue(json!({"expires_in": 3})).await;
    let (begun, mut was_active) = (Instant::now(), false);
    while introspect(&rig, &orders, &short).await.text != INACTIVE {
        was_active = true;
        assert!(begun.elapsed() < PATIENCE, "it does not expire");
    }
    assert!(was_active, "it was good before");
    assert_eq!(rig.said(&short, ORDERS, "orders:read").await, "expired");
}
