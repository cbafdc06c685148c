//! Refreshes: one for each token, the same answer for whoever asks again in time, the end for everything else.

use super::{
    key::Key,
    rig::{App, REDIRECT, Rig, STOCK, VERIFIER, refused},
};
use crate::world::{ISSUER, ORDERS, On};
use jeton_core::{name::Audience, oauth::registration::AuthMethod, scope::ScopeSet, timestamp::Span};
use serde_json::json;
use std::collections::HashSet;

/// A refresh token of an app that a person allowed something.
async fn token(rig: &Rig, app: &App) -> String {
    let code = rig.code(app, |_| {}).await;
    rig.exchange(app, &code, &[]).await.expect(200).str("/refresh_token").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_narrows_and_never_widens() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let first = token(&rig, &app).await;
    refused(&rig.refresh(&app, &first, &[("scope", "orders:read catalogue:read")]).await, 400, "invalid_scope");
    refused(&rig.refresh(&app, &first, &[("scope", "orders:*")]).await, 400, "invalid_scope");
    let narrow = rig.refresh(&app, &first, &[("scope", "orders:read")]).await.expect(200);
    assert_eq!(narrow.str("/scope"), "orders:read");
    assert_eq!(rig.said(narrow.str("/access_token"), ORDERS, "orders:write").await, "insufficient_scope");
    let whole = rig.refresh(&app, narrow.str("/refresh_token"), &[]).await.expect(200);
    assert_eq!(whole.str("/scope"), "orders:read orders:write", "without `scope` all that was granted");
    assert_ne!(whole.str("/refresh_token"), narrow.str("/refresh_token"));
    assert_eq!(rig.said(whole.str("/access_token"), ORDERS, "orders:write").await, "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_refresh_gets_the_same_answer() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let first = token(&rig, &app).await;
    let answer = rig.refresh(&app, &first, &[]).await.expect(200);
    let again = rig.refresh(&app, &first, &[]).await.expect(200);
    assert_eq!(answer.text, again.text);
    let next = rig.refresh(&app, answer.str("/refresh_token"), &[]).await.expect(200);
    assert_eq!(rig.refresh(&app, &first, &[]).await.expect(200).text, answer.text, "also once the new one was used");
    assert_eq!(rig.said(next.str("/access_token"), ORDERS, "orders:read").await, "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_refreshes_at_once_are_one() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let first = token(&rig, &app).await;
    let replies = futures_util::future::join_all((0..1000).map(|_| rig.refresh(&app, &first, &[]))).await;
    let answers: HashSet<_> = replies.into_iter().map(|reply| reply.expect(200).text).collect();
    assert_eq!(answers.len(), 1);
    let answer: serde_json::Value = serde_json::from_str(answers.iter().next().expect("one")).expect("JSON");
    let next = rig.refresh(&app, answer["refresh_token"].as_str().expect("a token"), &[]).await.expect(200);
    assert_eq!(rig.said(next.str("/access_token"), ORDERS, "orders:read").await, "ok", "no false alarm");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_refresh_token_ends_everything() {
    for engine in [On::Sqlite, On::Postgres] {
        let rig = Rig::on(engine, |config| config.oauth.refresh_grace.0 = Span::from_seconds(0)).await;
        let app = rig.app().await;
        let first = token(&rig, &app).await;
        let thief = rig.refresh(&app, &first, &[]).await.expect(200);
        assert_eq!(rig.said(thief.str("/access_token"), ORDERS, "orders:read").await, "ok");
        refused(&rig.refresh(&app, &first, &[]).await, 400, "invalid_grant");
        assert_eq!(rig.said(thief.str("/access_token"), ORDERS, "orders:read").await, "revoked");
        refused(&rig.refresh(&app, thief.str("/refresh_token"), &[]).await, 400, "invalid_grant");
        let events = rig.get(&rig.owner, "/v1/audit?action=refresh.theft").await.expect(200);
        assert_eq!(events.body["items"].as_array().map(Vec::len), Some(1), "{}", events.text);
        assert!(!events.text.contains("jtn_ort_"), "the owner is told without the secret");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_change_nothing() {
    let rig = Rig::start().await;
    let (app, other) = (rig.app().await, rig.app().await);
    let first = token(&rig, &app).await;
    let foreign = rig.refresh(&other, &first, &[]).await;
    refused(&foreign, 400, "invalid_grant");
    let mut mistyped = first.clone();
    mistyped.replace_range(30..31, if &first[30..31] == "x" { "y" } else { "x" });
    for unknown in [mistyped.as_str(), "x", "jtn_ort_", &app.secret] {
        let reply = rig.refresh(&app, unknown, &[]).await;
        refused(&reply, 400, "invalid_grant");
        assert_eq!(reply.text, foreign.text, "the same words");
    }
    let next = rig.refresh(&app, &first, &[]).await.expect(200);
    // A used token in the hands of another client is no theft from this one: the other got nothing for it.
    refused(&rig.refresh(&other, &first, &[]).await, 400, "invalid_grant");
    assert_eq!(rig.said(next.str("/access_token"), ORDERS, "orders:read").await, "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_refresh_token_of_a_public_client_needs_its_key() {
    let rig = Rig::on(On::Sqlite, |config| config.oauth.dpop_nonce = false).await;
    let app = rig.public().await;
    let (own, other) = (Key::new(), Key::new());
    let code = rig.code(&app, |_| {}).await;
    let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", VERIFIER), ("redirect_uri", REDIRECT)];
    let first = rig.ask(&app, &fields, &[("dpop", &own.proof(&json!({})))]).await.expect(200);
    let with = async |token: &str, key: Option<&Key>| {
        let proof = key.map(|key| key.proof(&json!({})));
        let headers: Vec<_> = proof.iter().map(|proof| ("dpop", proof.as_str())).collect();
        rig.ask(&app, &[("grant_type", "refresh_token"), ("refresh_token", token)], &headers).await
    };
    refused(&with(first.str("/refresh_token"), None).await, 400, "invalid_dpop_proof");
    refused(&with(first.str("/refresh_token"), Some(&other)).await, 400, "invalid_dpop_proof");
    let next = with(first.str("/refresh_token"), Some(&own)).await.expect(200);
    assert_eq!(with(first.str("/refresh_token"), Some(&own)).await.expect(200).text, next.text);
    // The used one with another key, in time or not: somebody stole it.
    refused(&with(first.str("/refresh_token"), Some(&other)).await, 400, "invalid_grant");
    refused(&with(next.str("/refresh_token"), Some(&own)).await, 400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shut_account_refreshes_nothing() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let first = token(&rig, &app).await;
    rig.post(&rig.owner, &format!("/v1/users/{}/disable", rig.user), json!({})).await.expect(200);
    refused(&rig.refresh(&app, &first, &[]).await, 400, "invalid_grant");
    let code = rig.code(&app, |_| {}).await;
    refused(&rig.exchange(&app, &code, &[]).await, 400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_management_interface_a_refresh_gives_what_the_role_gives_today() {
    let rig = Rig::start().await;
    let app = rig.register(AuthMethod::ClientSecretPost, |client| client.policy.first_party = true).await;
    let path = format!("/v1/users/{}", rig.user);
    let become_role = async |role: &str| {
        let version = rig.get(&rig.owner, &path).await.expect(200).body["version"].clone();
        rig.send(rig.request(&rig.owner, "PATCH", &path).json(&json!({"version": version, "role": role}))).await.expect(200);
    };
    become_role("operator").await;
    let code = rig
        .code(&app, |authorization| {
            authorization.scopes = ScopeSet::parse_spaced("tokens:issue tokens:read").expect("scopes");
            authorization.resources = vec![Audience::parse(ISSUER).expect("an audience")];
        })
        .await;
    let first = rig.exchange(&app, &code, &[]).await.expect(200);
    let whole = rig.refresh(&app, first.str("/refresh_token"), &[]).await.expect(200);
    assert_eq!(whole.str("/scope"), "tokens:issue tokens:read");
    become_role("auditor").await;
    let less = rig.refresh(&app, whole.str("/refresh_token"), &[]).await.expect(200);
    assert_eq!(less.str("/scope"), "tokens:read");
    become_role("developer").await;
    refused(&rig.refresh(&app, less.str("/refresh_token"), &[]).await, 400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operator_narrows_is_not_refreshed_and_not_redeemed() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let first = rig.exchange(&app, &rig.code(&app, |_| {}).await, &[]).await.expect(200);
    let waiting = rig.code(&app, |_| {}).await;
    let path = format!("/v1/clients/{}", app.client.client_id);
    let lay_down = async |body: serde_json::Value| {
        let version = rig.get(&rig.owner, &path).await.expect(200).body["version"].clone();
        let mut body = body;
        body["version"] = version;
        rig.send(rig.request(&rig.owner, "PATCH", &path).json(&body)).await.expect(200);
    };
    lay_down(json!({"policy": {"audiences": [STOCK]}})).await;
    refused(&rig.refresh(&app, first.str("/refresh_token"), &[]).await, 400, "invalid_target");
    refused(&rig.exchange(&app, &waiting, &[]).await, 400, "invalid_target");
    // Neither used anything up: what is opened again goes on.
    lay_down(json!({"policy": {}})).await;
    rig.exchange(&app, &waiting, &[]).await.expect(200);
    let second = rig.refresh(&app, first.str("/refresh_token"), &[]).await.expect(200);
    assert_eq!(second.str("/scope"), "orders:read orders:write");
    // A registration that is for less is another bound.
    let mut metadata = rig.get(&rig.owner, &path).await.expect(200).body["metadata"].clone();
    metadata["scope"] = json!("orders:read");
    lay_down(json!({ "metadata": metadata })).await;
    assert_eq!(rig.refresh(&app, second.str("/refresh_token"), &[]).await.expect(200).str("/scope"), "orders:read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_gives_what_the_role_gives_when_it_is_redeemed() {
    let rig = Rig::start().await;
    let app = rig.register(AuthMethod::ClientSecretPost, |client| client.policy.first_party = true).await;
    let code = async || {
        let given = |authorization: &mut jeton_core::oauth::authorization::Authorization| {
            authorization.scopes = ScopeSet::parse_spaced("tokens:issue tokens:read").expect("scopes");
            authorization.resources = vec![Audience::parse(ISSUER).expect("an audience")];
        };
        rig.code(&app, given).await
    };
    refused(&rig.exchange(&app, &code().await, &[]).await, 400, "invalid_grant");
    let path = format!("/v1/users/{}", rig.user);
    let version = rig.get(&rig.owner, &path).await.expect(200).body["version"].clone();
    rig.send(rig.request(&rig.owner, "PATCH", &path).json(&json!({"version": version, "role": "auditor"}))).await.expect(200);
    assert_eq!(rig.exchange(&app, &code().await, &[]).await.expect(200).str("/scope"), "tokens:read");
}
