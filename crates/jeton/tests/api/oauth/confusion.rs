//! A JWT of one kind is worth nothing where another is wanted, at every place that takes one.

use super::{
    client_key::encoded,
    forms::{INACTIVE, by, post},
    token::rig::{App, Rig, STOCK, claims},
};
use crate::world::{Anonymous, Bearer};
use jeton_core::{
    name::Audience,
    oauth::{grant_type::GrantType, registration::AuthMethod},
    scope::ScopeSet,
};
use serde_json::json;

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An access token that is a JWT, and the ID token that came with it.
async fn issued(rig: &Rig, app: &App) -> (String, String) {
    let code = rig
        .code(app, |given| {
            given.scopes = ScopeSet::parse_spaced("openid stock:read").expect("scopes");
            given.resources = vec![Audience::parse(STOCK).expect("an audience")];
        })
        .await;
    let issued = rig.exchange(app, &code, &[]).await.expect(200);
    (issued.str("/access_token").to_owned(), issued.str("/id_token").to_owned())
}

/// The same claims under another header, with the signature of the original or none.
fn tampered(jwt: &str) -> Vec<String> {
    let parts: Vec<&str> = jwt.split('.').collect();
    let (body, signature) = (parts[1], parts[2]);
    let header = |header| encoded(&header);
    vec![
        format!("{}.{body}.", header(json!({"alg": "none", "typ": "at+jwt"}))),
        format!("{}.{body}.{signature}", header(json!({"alg": "nONE", "typ": "at+jwt"}))),
        format!("{}.{body}.{signature}", header(json!({"alg": "HS256", "typ": "at+jwt"}))),
        format!("{}.{body}.{signature}", header(json!({"alg": "ES256", "typ": "at+jwt", "crit": ["exp"], "exp": 1}))),
        format!("{}.{body}.{signature}", header(json!({"alg": "ES256", "typ": "at+jwt", "jku": "https://evil.example/keys"}))),
        format!("{}.{}.{signature}", parts[0], encoded(&json!({"sub": "usr_other"}))),
        format!("{jwt}.{signature}"),
        format!("{jwt}="),
        json!({"protected": parts[0], "payload": body, "signature": signature}).to_string(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_jwt_passes_for_one_of_another_kind() {
    let rig = Rig::start().await;
    let app = rig
        .register(AuthMethod::ClientSecretPost, |client| {
            client.registration.grant_types.extend([GrantType::TokenExchange, GrantType::JwtBearer]);
        })
        .await;
    let (access, id_token) = issued(&rig, &app).await;
    assert_eq!(rig.said(&access, STOCK, "stock:read").await, "ok");
    rig.get(&Bearer(access.clone()), "/oauth/userinfo").await.expect(200);
    let mut wrong = tampered(&access);
    wrong.push(id_token.clone());
    for jwt in &wrong {
        assert_ne!(rig.said(jwt, STOCK, "stock:read").await, "ok", "{jwt}");
        let bearer = rig.request(&Anonymous, "GET", "/oauth/userinfo").header("authorization", format!("Bearer {jwt}"));
        let refused = rig.send(bearer).await;
        assert!(matches!(refused.status, 400 | 401), "{jwt}: {}", refused.text);
        assert_eq!(by(&rig, &app, "/oauth/introspect", &[("token", jwt)]).await.expect(200).text, INACTIVE, "{jwt}");
        by(&rig, &app, "/oauth/revoke", &[("token", jwt)]).await.expect(200);
        let exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
        let kind = "urn:ietf:params:oauth:token-type:access_token";
        let fields = [("grant_type", exchange), ("subject_token", jwt.as_str()), ("subject_token_type", kind)];
        rig.ask(&app, &fields, &[]).await.expect(400);
    }
    assert_eq!(rig.said(&access, STOCK, "stock:read").await, "ok", "nothing of that revoked the real one");
    wrong.push(access.clone());
    for jwt in &wrong {
        rig.ask(&app, &[("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", jwt)], &[]).await.expect(400);
        let proved = [("client_id", app.client.client_id.as_str()), ("client_assertion_type", ASSERTION), ("client_assertion", jwt)];
        let asked = [&proved[..], &[("grant_type", "client_credentials"), ("resource", STOCK)]].concat();
        let refused = post(&rig, "/oauth/token", &asked, &[]).await;
        assert!(matches!(refused.status, 400 | 401) && refused.str("/error") == "invalid_client", "{jwt}: {}", refused.text);
        let encoded: String = url::form_urlencoded::byte_serialize(jwt.as_bytes()).collect();
        let asked = format!("/oauth/authorize?client_id={}&request={encoded}", app.client.client_id);
        assert_eq!(rig.get(&Anonymous, &asked).await.status, 400, "{jwt}");
        let proof = rig.ask(&app, &[("grant_type", "client_credentials"), ("resource", STOCK)], &[("dpop", jwt)]).await;
        assert_eq!((proof.status, proof.str("/error")), (400, "invalid_dpop_proof"), "{jwt}");
    }
    // What an ID token is good for, an access token is not.
    assert_eq!(claims(&access)["client_id"], app.client.client_id.as_str());
    let bye = format!("/oauth/logout?id_token_hint={access}&post_logout_redirect_uri=https%3A%2F%2Fapp.example.com%2Fback");
    assert_eq!(rig.get(&Anonymous, &bye).await.status, 400);
}
