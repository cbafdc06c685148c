//! `/oauth/revoke`: a client gives back what is its own; of anything else it learns nothing, and nothing happens.

use super::{
    forms::{by, is_active, post},
    token::rig::{App, Rig, STOCK, refused},
};
use crate::world::{Anonymous, ORDERS};
use jeton_core::scope::ScopeSet;
use serde_json::json;

const PATH: &str = "/oauth/revoke";

async fn revoke(rig: &Rig, app: &App, token: &str, more: &[(&str, &str)]) {
    let reply = by(rig, app, PATH, &[&[("token", token)], more].concat()).await.expect(200);
    assert_eq!((reply.text.as_str(), reply.header("cache-control")), ("", "no-store"));
}

async fn own_token(rig: &Rig, app: &App, audience: &str, scope: &str) -> String {
    let fields = [("grant_type", "client_credentials"), ("scope", scope), ("resource", audience)];
    rig.ask(app, &fields, &[]).await.expect(200).str("/access_token").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_is_dead_at_once_and_others_live_on() {
    let rig = Rig::start().await;
    let (app, other) = (rig.app().await, rig.app().await);
    for (audience, scope) in [(ORDERS, "orders:read"), (STOCK, "stock:read")] {
        let (one, two) = (own_token(&rig, &app, audience, scope).await, own_token(&rig, &app, audience, scope).await);
        // Another client, a public client, and a hint that is wrong change nothing about whose it is.
        revoke(&rig, &other, &one, &[]).await;
        revoke(&rig, &rig.public().await, &one, &[("token_type_hint", "access_token")]).await;
        assert!(is_active(&rig, &app, &one).await, "revoked by a stranger");
        revoke(&rig, &app, &one, &[("token_type_hint", "refresh_token")]).await;
        assert!(!is_active(&rig, &app, &one).await && is_active(&rig, &app, &two).await);
        assert_eq!(rig.said(&one, audience, scope).await, "revoked");
        revoke(&rig, &app, &one, &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_takes_its_grant_along() {
    let rig = Rig::start().await;
    for app in [rig.app().await, rig.public().await] {
        let scopes = ScopeSet::parse_spaced("orders:read offline_access").expect("scopes");
        let issued = rig.exchange(&app, &rig.code(&app, |given| given.scopes = scopes.clone()).await, &[]).await.expect(200);
        let again = rig.refresh(&app, issued.str("/refresh_token"), &[]).await.expect(200);
        let tokens = [issued.str("/access_token"), again.str("/access_token")];
        revoke(&rig, &rig.app().await, again.str("/refresh_token"), &[]).await;
        assert_eq!(rig.said(tokens[0], ORDERS, "orders:read").await, "ok");
        revoke(&rig, &app, again.str("/refresh_token"), &[]).await;
        for token in tokens {
            assert_ne!(rig.said(token, ORDERS, "orders:read").await, "ok", "it hangs on the grant");
        }
        refused(&rig.refresh(&app, again.str("/refresh_token"), &[]).await, 400, "invalid_grant");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_can_be_revoked_here() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let body = json!({"kind": "pat", "name": "one", "audience": [ORDERS], "scopes": ["orders:read"]});
    let pat = rig.issue(body).await.str("/token").to_owned();
    let token = own_token(&rig, &app, ORDERS, "orders:read").await;
    let mut changed = token.clone();
    changed.replace_range(40..41, if &changed[40..41] == "A" { "B" } else { "A" });
    for nothing in [pat.as_str(), &rig.owner.0, &app.secret, &changed, "x", "jtn_oat_", "a.b.c", "\u{e9}"] {
        revoke(&rig, &app, nothing, &[("token_type_hint", "anything")]).await;
    }
    assert_eq!(rig.said(&pat, ORDERS, "orders:read").await, "ok");
    assert_eq!(rig.said(&token, ORDERS, "orders:read").await, "ok");
    by(&rig, &app, "/oauth/token", &[("grant_type", "client_credentials"), ("scope", "orders:read"), ("resource", ORDERS)])
        .await
        .expect(200);

    refused(&by(&rig, &app, PATH, &[]).await, 400, "invalid_request");
    refused(&post(&rig, PATH, &[("token", &token)], &[]).await, 400, "invalid_request");
    refused(&post(&rig, PATH, &[("token", &token), ("client_id", "app_000000000000")], &[]).await, 401, "invalid_client");
    let wrong = App { client: app.client.clone(), secret: "wrong".into() };
    refused(&by(&rig, &wrong, PATH, &[("token", &token)]).await, 401, "invalid_client");
    assert_eq!(rig.get(&Anonymous, PATH).await.status, 405);
}
