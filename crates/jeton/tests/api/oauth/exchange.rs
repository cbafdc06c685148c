//! Token exchange: less for more, by whom an operator allowed it, and dead with what it came from.

use super::{
    forms::{by, introspect},
    token::{
        key::Key,
        rig::{App, Rig, STOCK, claims, refused, userinfo},
    },
};
use crate::world::{ISSUER, ORDERS, Reply};
use jeton_core::{
    name::Audience,
    oauth::{client_policy::ExchangePolicy, grant_type::GrantType, registration::AuthMethod},
    scope::ScopeSet,
};
use serde_json::json;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

async fn exchanger(rig: &Rig, policy: Option<ExchangePolicy>) -> App {
    rig.register(AuthMethod::ClientSecretPost, |client| {
        client.registration.grant_types.push(GrantType::TokenExchange);
        client.policy.exchange = policy;
    })
    .await
}

/// May exchange for the second API, and act for others or not.
fn to_stock(delegation: bool) -> Option<ExchangePolicy> {
    Some(ExchangePolicy { audiences: vec![Audience::parse(STOCK).expect("an audience")], delegation })
}

async fn exchange(rig: &Rig, app: &App, token: &str, more: &[(&str, &str)]) -> Reply {
    let fields = [("grant_type", GRANT), ("subject_token", token), ("subject_token_type", ACCESS)];
    rig.ask(app, &[&fields, more].concat(), &[]).await
}

/// A person's token for the first API, of a client.
async fn persons(rig: &Rig, app: &App, scopes: &str) -> Reply {
    let scopes = ScopeSet::parse_spaced(scopes).expect("scopes");
    rig.exchange(app, &rig.code(app, |given| given.scopes = scopes).await, &[]).await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_narrows_changes_its_api_and_dies_with_what_it_came_from() {
    let rig = Rig::start().await;
    let (app, service) = (rig.app().await, exchanger(&rig, to_stock(true)).await);
    let first = persons(&rig, &app, "openid orders:read orders:write offline_access").await;
    let token = first.str("/access_token");
    let issued = exchange(&rig, &service, token, &[("scope", "orders:read"), ("resource", STOCK)]).await.expect(200);
    assert_eq!((issued.str("/issued_token_type"), issued.str("/token_type")), (ACCESS, "Bearer"));
    assert_eq!((issued.str("/scope"), issued.body.get("refresh_token"), issued.body.get("id_token")), ("orders:read", None, None));
    let jwt = issued.str("/access_token");
    let said = claims(jwt);
    assert_eq!(
        (&said["aud"], &said["sub"], &said["client_id"]),
        (&json!(STOCK), &json!(rig.user.to_string()), &json!(service.client.client_id))
    );
    assert_eq!(said["act"], json!({"sub": service.client.client_id}));
    assert_eq!(rig.said(jwt, STOCK, "orders:read").await, "ok", "another API than the subject token's");
    assert_eq!(rig.said(jwt, ORDERS, "orders:read").await, "wrong_audience");
    assert_eq!(rig.said(jwt, STOCK, "stock:read").await, "insufficient_scope");
    assert_eq!(introspect(&rig, &service, jwt).await.body["act"], said["act"]);

    // Exchanged again, the chain grows; it cannot come back to what the first one had.
    let again = exchange(&rig, &service, jwt, &[]).await.expect(200);
    assert_eq!(again.str("/scope"), "orders:read");
    refused(&exchange(&rig, &service, jwt, &[("scope", "orders:write")]).await, 400, "invalid_scope");
    refused(&exchange(&rig, &service, jwt, &[("resource", ORDERS)]).await, 400, "invalid_target");
    by(&rig, &app, "/oauth/revoke", &[("token", first.str("/refresh_token"))]).await.expect(200);
    for dead in [token, jwt, again.str("/access_token")] {
        assert_ne!(rig.said_with(dead, json!({})).await, "ok");
    }
    refused(&exchange(&rig, &service, token, &[]).await, 400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_widens() {
    let rig = Rig::start().await;
    let (app, service) = (rig.app().await, exchanger(&rig, to_stock(true)).await);
    let issued = persons(&rig, &app, "openid orders:read").await;
    let token = issued.str("/access_token");
    let userinfo = userinfo();
    for (more, code) in [
        (&[("scope", "orders:write")][..], "invalid_scope"),
        (&[("scope", "orders:*")], "invalid_scope"),
        (&[("scope", "openid")], "invalid_scope"),
        (&[("scope", "stock:read"), ("resource", STOCK)], "invalid_scope"),
        (&[("resource", "https://nowhere.example")], "invalid_target"),
        (&[("audience", "https://nowhere.example")], "invalid_target"),
        (&[("resource", ISSUER)], "invalid_target"),
        (&[("resource", &userinfo)], "invalid_target"),
        (&[("resource", ORDERS), ("audience", STOCK)], "invalid_target"),
        (&[("requested_token_type", JWT)], "invalid_request"),
        (&[("actor_token", token)], "invalid_request"),
        (&[("actor_token_type", ACCESS)], "invalid_request"),
        (&[("actor_token", token), ("actor_token_type", ACCESS)], "invalid_grant"),
    ] {
        refused(&exchange(&rig, &service, token, more).await, 400, code);
    }
    let given = exchange(&rig, &service, token, &[]).await.expect(200);
    assert_eq!(
        (given.str("/scope"), rig.said(given.str("/access_token"), &userinfo, "openid").await.as_str()),
        ("orders:read", "wrong_audience")
    );
    assert!(given.body["expires_in"].as_i64() <= issued.body["expires_in"].as_i64());

    // Who is allowed nothing gets nothing, and a service that may not act has no use for another's token.
    refused(&exchange(&rig, &exchanger(&rig, None).await, token, &[]).await, 400, "unauthorized_client");
    refused(&exchange(&rig, &exchanger(&rig, to_stock(false)).await, token, &[]).await, 400, "invalid_grant");
    refused(&exchange(&rig, &app, token, &[]).await, 400, "unauthorized_client");
    let public = rig
        .register(AuthMethod::None, |client| {
            client.registration.grant_types.push(GrantType::TokenExchange);
            client.policy.exchange = to_stock(true);
        })
        .await;
    refused(&exchange(&rig, &public, token, &[]).await, 400, "unauthorized_client");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_access_tokens_of_oauth_are_exchanged() {
    let rig = Rig::start().await;
    let service = exchanger(&rig, to_stock(true)).await;
    let own = persons(&rig, &service, "openid orders:read offline_access").await;
    let body = json!({"kind": "pat", "name": "one", "audience": [ORDERS], "scopes": ["orders:read"]});
    let pat = rig.issue(body).await.str("/token").to_owned();
    for other in [own.str("/id_token"), own.str("/refresh_token"), &service.secret, &pat, &rig.owner.0, "x", "a.b.c"] {
        refused(&exchange(&rig, &service, other, &[]).await, 400, "invalid_grant");
    }
    let typed = |kind: &'static str| [("grant_type", GRANT), ("subject_token", "x"), ("subject_token_type", kind)];
    for kind in ["", "access_token", "urn:ietf:params:oauth:token-type:id_token", "urn:ietf:params:oauth:token-type:refresh_token"] {
        refused(&rig.ask(&service, &typed(kind), &[]).await, 400, "invalid_request");
    }
    refused(&rig.ask(&service, &typed(JWT), &[]).await, 400, "invalid_grant");
    let own_jwt = [("grant_type", GRANT), ("subject_token", own.str("/id_token")), ("subject_token_type", JWT)];
    refused(&rig.ask(&service, &own_jwt, &[]).await, 400, "invalid_grant");

    // Delegation by a token of its own; the actor is named, and the one before him stays.
    let actor = rig.ask(&service, &[("grant_type", "client_credentials"), ("scope", "orders:read"), ("resource", ORDERS)], &[]).await;
    let actor = actor.expect(200).str("/access_token").to_owned();
    let acting = [("actor_token", actor.as_str()), ("actor_token_type", ACCESS), ("resource", STOCK)];
    let given = exchange(&rig, &service, own.str("/access_token"), &acting).await.expect(200);
    assert_eq!(claims(given.str("/access_token"))["act"], json!({"sub": service.client.client_id}));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_bound_stays_bound() {
    let rig = Rig::start().await;
    let (service, key) = (exchanger(&rig, to_stock(true)).await, Key::new());
    let fields = [("grant_type", "client_credentials"), ("scope", "orders:read"), ("resource", ORDERS)];
    let nonce = rig.ask(&service, &fields, &[("dpop", &key.proof(&json!({})))]).await.header("dpop-nonce").to_owned();
    let proof = || key.proof(&json!({"nonce": nonce}));
    let token = rig.ask(&service, &fields, &[("dpop", &proof())]).await.expect(200).str("/access_token").to_owned();
    refused(&exchange(&rig, &service, &token, &[]).await, 400, "invalid_request");
    let fields = [("grant_type", GRANT), ("subject_token", token.as_str()), ("subject_token_type", ACCESS)];
    let given = rig.ask(&service, &fields, &[("dpop", &proof())]).await.expect(200);
    assert_eq!(given.str("/token_type"), "DPoP");
}
