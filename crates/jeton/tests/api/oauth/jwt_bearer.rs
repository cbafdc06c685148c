//! JWT bearer grants: a trusted issuer's word counts for its client, its audience, its claims and its time, and once.

use super::{
    forms::introspect,
    token::{
        key::{Key, jti, now},
        rig::{App, Rig, STOCK, claims, refused},
    },
};
use crate::world::{Bearer, ISSUER, ORDERS, On, Reply};
use jeton::config::TrustedIssuer;
use jeton_core::oauth::{grant_type::GrantType, registration::AuthMethod};
use jeton_store::client::Client;
use serde_json::{Value, json};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const CI: &str = "https://ci.example.com";

struct Setting {
    rig: Rig,
    app: App,
    key: Key,
    _keys: tempfile::NamedTempFile,
}

/// An authority that trusts a CI service, for one client and one repository. The client's id is chosen before it starts.
async fn setting() -> Setting {
    setting_with(&[("repository", "acme/shop"), ("sub", "repo:acme/shop:*")]).await
}

/// The same with these claims laid down.
async fn setting_with(claims: &[(&str, &str)]) -> Setting {
    let key = Key::new();
    let mut jwk = key.jwk();
    (jwk["kid"], jwk["alg"]) = (json!("ci-1"), json!("ES256"));
    let keys = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(keys.path(), json!({"keys": [jwk]}).to_string()).expect("written");
    let id = jeton_core::id::ClientId::from_random(rand::random());
    let trusted = TrustedIssuer {
        issuer: CI.to_owned(),
        jwks_uri: None,
        jwks_file: Some(keys.path().to_owned()),
        claims: claims.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        client_id: id.to_string(),
        audiences: vec![ORDERS.to_owned()],
        scope: "orders:read orders:write".to_owned(),
    };
    let rig = Rig::on(On::Sqlite, |config| config.oauth.trusted_issuer = vec![trusted]).await;
    let grants = |client: &mut Client| {
        client.registration.grant_types.push(GrantType::JwtBearer);
        client.registration.grant_types.push(GrantType::TokenExchange);
    };
    let app = rig
        .register(AuthMethod::ClientSecretPost, |client| {
            client.id = id;
            client.client_id = id.to_string();
            grants(client);
        })
        .await;
    Setting { rig, app, key, _keys: keys }
}

impl Setting {
    fn jwt(&self, header: &Value, changes: &Value) -> String {
        let mut all = json!({
            "iss": CI, "sub": "repo:acme/shop:ref:refs/heads/main", "aud": ISSUER, "repository": "acme/shop",
            "iat": now(), "exp": now() + 300, "jti": jti(),
        });
        all.as_object_mut().expect("object").extend(changes.as_object().expect("object").clone());
        self.key.sign(header, &all)
    }
    fn good(&self) -> String {
        self.jwt(&json!({"alg": "ES256", "kid": "ci-1"}), &json!({}))
    }
    async fn ask(&self, app: &App, assertion: &str, more: &[(&str, &str)]) -> Reply {
        self.rig.ask(app, &[&[("grant_type", GRANT), ("assertion", assertion)], more].concat(), &[]).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jwt_is_worth_what_is_laid_down_and_once() {
    let setting = setting().await;
    let (rig, app) = (&setting.rig, &setting.app);
    let good = setting.good();
    let issued = setting.ask(app, &good, &[("scope", "orders:read")]).await.expect(200);
    let token = issued.str("/access_token");
    assert_eq!((issued.str("/scope"), issued.body.get("refresh_token")), ("orders:read", None));
    assert!(issued.body["expires_in"].as_i64().is_some_and(|left| (1..=300).contains(&left)), "no longer than the JWT: {}", issued.text);
    assert_eq!(rig.said(token, ORDERS, "orders:read").await, "ok");
    let told = rig.verify(token, json!({})).await;
    assert_eq!(told.str("/subject"), "ci.example.com:repo:acme/shop:ref:refs/heads/main");
    let again = setting.ask(app, &good, &[]).await;
    refused(&again, 400, "invalid_grant");
    assert!(again.str("/error_description").contains("used before"), "{}", again.text);
    assert_eq!(setting.ask(app, &setting.good(), &[]).await.expect(200).str("/scope"), "orders:read orders:write");
    let wider = [
        (&[("scope", "catalogue:read")][..], "invalid_scope"),
        (&[("resource", STOCK)], "invalid_target"),
        (&[("resource", ISSUER)], "invalid_target"),
    ];
    for (more, code) in wider {
        refused(&setting.ask(app, &setting.good(), more).await, 400, code);
    }
    // Twenty at once: one.
    let race = setting.good();
    let replies = futures_util::future::join_all((0..20).map(|_| setting.ask(app, &race, &[]))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);

    let exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    let fields = [("grant_type", exchange), ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt")];
    let good = setting.good();
    let given = rig.ask(app, &[&fields[..], &[("subject_token", &good)]].concat(), &[]).await.expect(200);
    assert_eq!(rig.said(given.str("/access_token"), ORDERS, "orders:write").await, "ok");
    refused(&rig.ask(app, &[&fields[..], &[("subject_token", &good)]].concat(), &[]).await, 400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_elses_word_counts() {
    let setting = setting().await;
    let app = &setting.app;
    let header = json!({"alg": "ES256", "kid": "ci-1"});
    for changes in [
        json!({"iss": "https://evil.example.com"}),
        json!({"iss": format!("{CI}/")}),
        json!({"iss": ISSUER}),
        json!({"aud": "https://other.example.com"}),
        json!({"aud": [ISSUER, "https://other.example.com"]}),
        json!({"aud": null}),
        json!({"repository": "acme/other"}),
        json!({"repository": ["acme/shop"]}),
        json!({"repository": null}),
        json!({"sub": "repo:acme/shopping:ref"}),
        json!({"sub": ""}),
        json!({"exp": now() - 60}),
        json!({"exp": now() + 864_000}),
        json!({"exp": null}),
        json!({"nbf": now() + 600}),
        json!({"iat": now() + 600}),
    ] {
        refused(&setting.ask(app, &setting.jwt(&header, &changes), &[]).await, 400, "invalid_grant");
    }
    for header in [
        json!({"alg": "none", "kid": "ci-1"}),
        json!({"alg": "HS256", "kid": "ci-1"}),
        json!({"alg": "ES256", "kid": "ci-2"}),
        json!({"alg": "ES256", "kid": "ci-1", "crit": ["exp"]}),
        json!({"alg": "ES256", "kid": "ci-1", "typ": "at+jwt"}),
        json!({"alg": "ES256", "kid": "ci-1", "typ": "dpop+jwt"}),
        json!({"alg": "ES256", "kid": "ci-1", "jwk": setting.key.jwk()}),
    ] {
        refused(&setting.ask(app, &setting.jwt(&header, &json!({})), &[]).await, 400, "invalid_grant");
    }
    let stranger = Setting { key: Key::new(), ..setting };
    refused(&stranger.ask(&stranger.app, &stranger.good(), &[]).await, 400, "invalid_grant");
    refused(&stranger.ask(&stranger.app, "x", &[]).await, 400, "invalid_grant");
    refused(&stranger.rig.ask(&stranger.app, &[("grant_type", GRANT)], &[]).await, 400, "invalid_request");
    let id = claims(&stranger.good())["iss"].clone();
    assert_eq!(id, json!(CI));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_name_or_address_is_nobodys_account_here() {
    let setting = setting_with(&[("repository", "acme/shop")]).await;
    let (rig, own) = (&setting.rig, setting.rig.user.to_string());
    let header = json!({"alg": "ES256", "kid": "ci-1"});
    for sub in [own.as_str(), "ada", "ada@example.com"] {
        let claims = json!({"sub": sub, "email": "ada@example.com", "email_verified": true, "preferred_username": "ada"});
        let issued = setting.ask(&setting.app, &setting.jwt(&header, &claims), &[]).await.expect(200);
        let token = issued.str("/access_token");
        let told = introspect(rig, &setting.app, token).await.body;
        assert_eq!(told["sub"], json!(format!("ci.example.com:{sub}")), "{told}");
        assert!(told.get("username").is_none(), "{told}");
        assert_eq!(rig.get(&Bearer(token.to_owned()), "/oauth/userinfo").await.status, 401);
    }
    let tokens = rig.get(&rig.owner, &format!("/v1/tokens?subject={own}")).await.expect(200);
    assert_eq!(tokens.body["items"].as_array().map(Vec::len), Some(0), "{}", tokens.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_is_trusted_for_its_client_alone() {
    let setting = setting().await;
    let other =
        setting.rig.register(AuthMethod::ClientSecretPost, |client| client.registration.grant_types.push(GrantType::JwtBearer)).await;
    refused(&setting.ask(&other, &setting.good(), &[]).await, 400, "invalid_grant");
    refused(&setting.ask(&setting.rig.app().await, &setting.good(), &[]).await, 400, "unauthorized_client");
    setting.ask(&setting.app, &setting.good(), &[]).await.expect(200);
}
