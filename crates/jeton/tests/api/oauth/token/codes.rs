//! Authorization codes: good once, for their client, with the verifier, the address and the key of the request.

use super::{
    key::Key,
    rig::{REDIRECT, Rig, STOCK, VERIFIER, claims, refused, userinfo},
};
use crate::world::{ISSUER, ORDERS, On};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton_core::{
    name::Audience,
    oauth::{grant_type::GrantType, registration::SubjectType},
    scope::ScopeSet,
};
use serde_json::json;

fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse_spaced(text).expect("scopes")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_becomes_tokens() {
    for engine in [On::Sqlite, On::Postgres] {
        let rig = Rig::on(engine, |_| {}).await;
        let app = rig.app().await;
        let code = rig.code(&app, |own| {
            own.scopes = scopes("openid email offline_access orders:read");
            own.nonce = Some("n-0S6".to_owned());
            own.claims = Some(json!({"id_token": {"email": null, "name": null}}));
        });
        let reply = rig.exchange(&app, &code.await, &[]).await.expect(200);
        assert_eq!((reply.str("/token_type"), reply.body["expires_in"].as_u64()), ("Bearer", Some(600)));
        assert_eq!(reply.str("/scope"), "email offline_access openid orders:read");
        assert_eq!((reply.header("cache-control"), reply.header("content-type")), ("no-store", "application/json"));
        assert!(!reply.header("jeton-revision").is_empty());
        let access = reply.str("/access_token");
        assert_eq!(rig.said(access, ORDERS, "orders:read").await, "ok");
        assert_eq!(rig.said(access, ORDERS, "orders:write").await, "insufficient_scope");
        assert_eq!(rig.said(access, &userinfo(), "openid").await, "ok");
        assert_eq!(rig.said(access, STOCK, "orders:read").await, "wrong_audience");
        let id = claims(reply.str("/id_token"));
        let user = rig.user.to_string();
        assert_eq!(
            (id["iss"].as_str(), id["sub"].as_str(), id["aud"].as_str()),
            (Some(ISSUER), Some(user.as_str()), Some(app.client.client_id.as_str()))
        );
        assert_eq!((&id["nonce"], &id["amr"], &id["acr"]), (&json!("n-0S6"), &json!(["pwd"]), &json!("urn:example:pwd")));
        assert!(id["auth_time"].as_i64() < id["iat"].as_i64() && id["sid"].is_string());
        assert_eq!((&id["email"], &id["name"]), (&json!("ada@example.com"), &json!(null)), "`profile` was not granted");
        let hash = digest(&SHA256, access.as_bytes());
        assert_eq!(id["at_hash"], json!(URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])));
        let next = rig.refresh(&app, reply.str("/refresh_token"), &[]).await.expect(200);
        let again = claims(next.str("/id_token"));
        assert_eq!((&again["sub"], &again["auth_time"], &again["nonce"]), (&id["sub"], &id["auth_time"], &json!(null)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_code_ends_what_it_became() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let code = rig.code(&app, |_| {}).await;
    let first = rig.exchange(&app, &code, &[]).await.expect(200);
    assert_eq!(rig.said(first.str("/access_token"), ORDERS, "orders:read").await, "ok");
    // Whatever else is wrong with the second use.
    refused(&rig.ask(&app, &[("grant_type", "authorization_code"), ("code", &code)], &[]).await, 400, "invalid_grant");
    assert_eq!(rig.said(first.str("/access_token"), ORDERS, "orders:read").await, "revoked");
    refused(&rig.refresh(&app, first.str("/refresh_token"), &[]).await, 400, "invalid_grant");
    refused(&rig.exchange(&app, &code, &[]).await, 400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_uses_at_once_none_survives() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let code = rig.code(&app, |_| {}).await;
    let replies = futures_util::future::join_all((0..20).map(|_| rig.exchange(&app, &code, &[]))).await;
    let won: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
    assert_eq!(won.len(), 1);
    replies.iter().filter(|reply| reply.status != 200).for_each(|reply| refused(reply, 400, "invalid_grant"));
    assert_eq!(rig.said(won[0].str("/access_token"), ORDERS, "orders:read").await, "revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_use_leaves_the_code() {
    let rig = Rig::start().await;
    let (app, other) = (rig.app().await, rig.app().await);
    let code = rig.code(&app, |_| {}).await;
    refused(&rig.exchange(&other, &code, &[]).await, 400, "invalid_grant");
    let base = [("grant_type", "authorization_code"), ("code", code.as_str())];
    for wrong in [
        &[("redirect_uri", REDIRECT)][..],
        &[("code_verifier", "a".repeat(43).leak() as &str), ("redirect_uri", REDIRECT)],
        &[("code_verifier", "short"), ("redirect_uri", REDIRECT)],
        &[("code_verifier", VERIFIER), ("redirect_uri", "https://app.example.com/back/")],
        &[("code_verifier", VERIFIER), ("redirect_uri", "https://evil.example/")],
    ] {
        refused(&rig.ask(&app, &[&base[..], wrong].concat(), &[]).await, 400, "invalid_grant");
    }
    refused(&rig.exchange(&app, "unknown", &[]).await, 400, "invalid_grant");
    refused(&rig.ask(&app, &[("grant_type", "authorization_code"), ("code_verifier", VERIFIER)], &[]).await, 400, "invalid_request");
    // OAuth 2.1 no longer asks for `redirect_uri` here.
    rig.ask(&app, &[&base[..], &[("code_verifier", VERIFIER)]].concat(), &[]).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verifier_without_a_challenge_is_a_downgrade() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let code = rig.code(&app, |own| own.code_challenge = None).await;
    refused(&rig.exchange(&app, &code, &[]).await, 400, "invalid_grant");
    refused(&rig.ask(&app, &[("grant_type", "authorization_code"), ("code", &code)], &[]).await, 400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_for_one_of_the_apis_that_were_granted() {
    let rig = Rig::start().await;
    let app = rig.app().await;
    let both = |own: &mut jeton_core::oauth::authorization::Authorization| {
        own.resources = [ORDERS, STOCK].map(|text| Audience::parse(text).expect("an audience")).to_vec();
        own.scopes = scopes("orders:read orders:write stock:read");
    };
    let code = rig.code(&app, both).await;
    refused(&rig.exchange(&app, &code, &[]).await, 400, "invalid_target");
    refused(&rig.exchange(&app, &code, &[("resource", ORDERS), ("resource", STOCK)]).await, 400, "invalid_target");
    refused(&rig.exchange(&app, &code, &[("resource", "https://elsewhere.example.com")]).await, 400, "invalid_target");
    refused(&rig.exchange(&app, &code, &[("resource", &userinfo())]).await, 400, "invalid_target");
    let reply = rig.exchange(&app, &code, &[("resource", STOCK)]).await.expect(200);
    assert_eq!((reply.str("/scope"), reply.body["expires_in"].as_u64()), ("orders:read stock:read", Some(120)), "the API's own life");
    let token = claims(reply.str("/access_token"));
    assert_eq!(
        (&token["aud"], &token["client_id"], &token["scope"]),
        (&json!(STOCK), &json!(app.client.client_id), &json!("orders:read stock:read"))
    );
    assert_eq!(rig.said(reply.str("/access_token"), STOCK, "stock:read").await, "ok");
    assert_eq!(rig.said(reply.str("/access_token"), ORDERS, "orders:read").await, "wrong_audience", "no scope leaks to another API");
    // Without `resource` a refresh is for the same API; another one that was granted can be named.
    let next = rig.refresh(&app, reply.str("/refresh_token"), &[]).await.expect(200);
    assert_eq!(claims(next.str("/access_token"))["aud"], json!(STOCK));
    let other = rig.refresh(&app, next.str("/refresh_token"), &[("resource", ORDERS)]).await.expect(200);
    assert_eq!(other.str("/scope"), "orders:read orders:write");
    assert_eq!(rig.said(other.str("/access_token"), ORDERS, "orders:write").await, "ok");
    refused(&rig.refresh(&app, other.str("/refresh_token"), &[("resource", "https://elsewhere.example.com")]).await, 400, "invalid_target");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pairwise_client_never_sees_the_user() {
    let rig = Rig::start().await;
    let app = rig
        .register(jeton_core::oauth::registration::AuthMethod::ClientSecretPost, |client| {
            client.registration.subject_type = SubjectType::Pairwise;
        })
        .await;
    let code = rig.code(&app, |own| {
        own.scopes = scopes("openid stock:read");
        own.resources = vec![Audience::parse(STOCK).expect("an audience")];
    });
    let reply = rig.exchange(&app, &code.await, &[]).await.expect(200);
    assert!(reply.str("/access_token").starts_with("jtn_oat_"), "opaque, though the API has JWTs");
    assert!(!reply.text.contains(rig.user.digits()));
    let subject = claims(reply.str("/id_token"))["sub"].clone();
    assert!(subject.as_str().is_some_and(|text| text.len() == 43 && !text.contains(rig.user.digits())));
    assert!(reply.body["refresh_token"].is_null(), "a web app with OpenID Connect asks for `offline_access`");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_bound_to_a_key_needs_it() {
    let rig = Rig::on(On::Sqlite, |config| config.oauth.dpop_nonce = false).await;
    let app = rig.public().await;
    let (own, other) = (Key::new(), Key::new());
    let code = rig.code(&app, |code| code.dpop_jkt = Some(own.thumbprint())).await;
    let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", VERIFIER), ("redirect_uri", REDIRECT)];
    refused(&rig.ask(&app, &fields, &[]).await, 400, "invalid_dpop_proof");
    refused(&rig.ask(&app, &fields, &[("dpop", &other.proof(&json!({})))]).await, 400, "invalid_dpop_proof");
    let reply = rig.ask(&app, &fields, &[("dpop", &own.proof(&json!({})))]).await.expect(200);
    assert_eq!(reply.str("/token_type"), "DPoP");
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_and_grant_types_have_their_limits() {
    let rig = Rig::on(On::Sqlite, |config| config.oauth.code.0 = jeton_core::timestamp::Span::from_micros(0)).await;
    let app = rig.register(jeton_core::oauth::registration::AuthMethod::ClientSecretPost, |client| {
        client.registration.grant_types = vec![GrantType::AuthorizationCode];
    });
    let app = app.await;
    let code = rig.code(&app, |_| {}).await;
    refused(&rig.exchange(&app, &code, &[]).await, 400, "invalid_grant");
    refused(&rig.refresh(&app, "jtn_ort_x", &[]).await, 400, "unauthorized_client");
    for unknown in ["password", "implicit", "Authorization_Code", "urn:x"] {
        refused(&rig.ask(&app, &[("grant_type", unknown)], &[]).await, 400, "unsupported_grant_type");
    }
    refused(&rig.ask(&app, &[], &[]).await, 400, "invalid_request");
}
