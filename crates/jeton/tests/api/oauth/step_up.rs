//! Step-up (RFC 9470): a route demands how recently and by what a person signed in; the refusal says what to authorize again with.

use super::{
    asking::{self, Answered},
    browser::Browser,
    people,
    token::rig::{REDIRECT, Rig, STOCK, VERIFIER},
};
use crate::{
    upstream,
    world::{Anonymous, Bearer, ORDERS, On, Reply},
};
use jeton::session::ACR_PASSWORD;
use jeton_core::{name::Audience, oauth::client_policy::ExchangePolicy, scope::ScopeSet, timestamp::Span};
use serde_json::{Value, json};

/// The routes of the sample API, the last of which wants a recent sign-in by password.
async fn demand(rig: &Rig, max_age: u32) {
    let apis = rig.get(&rig.owner, "/v1/apis").await.expect(200);
    let orders = apis.body["items"].as_array().expect("a list").iter().find(|api| api["audience"] == ORDERS).expect("it is there").clone();
    let routes = json!([
        {"route": "GET /v1/orders/**", "scopes": ["orders:read"]},
        {"route": "POST /v1/orders", "scopes": ["orders:write"], "acr_values": [ACR_PASSWORD], "max_age": max_age},
    ]);
    let path = format!("/v1/apis/{}", orders["id"].as_str().expect("an id"));
    let changed = rig.request(&rig.owner, "PATCH", &path).header("if-match", format!("\"{}\"", orders["version"]));
    rig.send(changed.json(&json!({ "routes": routes }))).await.expect(200);
}

/// A call at the door that asks about it.
async fn call(rig: &Rig, token: &str, method: &str, path: &str) -> Reply {
    let request = rig.request(&Bearer(token.to_owned()), "GET", "/gate/check");
    let request = request.header("x-original-method", method).header("x-original-uri", path).header("x-original-host", "api.example.com");
    rig.send(request).await
}

/// A parameter of the challenge.
fn challenged(reply: &Reply, name: &str) -> String {
    let challenge = reply.header("www-authenticate");
    let at = challenge.find(&format!(" {name}=\"")).unwrap_or_else(|| panic!("no {name} in {challenge}"));
    challenge[at + name.len() + 3..].split('"').next().expect("a value").to_owned()
}

async fn rig() -> Rig {
    let upstream = upstream::start().await;
    Rig::on(On::Sqlite, |config| {
        let route = |path: &str| {
            let route = json!({"path": path, "audience": ORDERS, "upstream": format!("http://{upstream}")});
            serde_json::from_value(route).expect("a route")
        };
        config.gate.route = vec![route("/v1/orders"), route("/v1/orders/**")];
        config.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_refused_authorizes_again_as_the_challenge_says_and_gets_through() {
    let rig = rig().await;
    demand(&rig, 120).await;
    let app = rig.public().await;
    // The person signed in five minutes ago.
    let by_hand = |auth: &mut jeton_core::oauth::authorization::Authorization| auth.acr = ACR_PASSWORD.to_owned();
    let code = rig.code(&app, by_hand).await;
    let token = rig.exchange(&app, &code, &[]).await.expect(200).str("/access_token").to_owned();
    call(&rig, &token, "GET", "/v1/orders/7").await.expect(200);
    let refused = call(&rig, &token, "POST", "/v1/orders").await;
    refused.refused(401, "insufficient_user_authentication");
    assert!(refused.header("www-authenticate").contains("error=\"insufficient_user_authentication\""));
    assert_eq!((refused.body["acr_values"].as_str(), refused.body["max_age"].as_u64()), (Some(ACR_PASSWORD), Some(120)));
    let (max_age, acr_values) = (challenged(&refused, "max_age"), challenged(&refused, "acr_values"));

    people::add(&rig, "bob").await;
    let browser = Browser::new(&rig);
    let wanted = [("max_age", max_age.as_str()), ("acr_values", &acr_values), ("redirect_uri", REDIRECT), ("scope", "orders:write")];
    let page = browser.open(&asking::path(&app.client, &wanted)).await;
    assert!(asking::asks_to_sign_in(&page), "{}", page.text);
    let fields = [("username", "bob"), ("password", people::PASSWORD)];
    let back = browser.submit(&page, "/sign-in", &fields).await.expect(303);
    let question = browser.open(back.header("location")).await;
    let answered = Answered::of(&asking::agree(&browser, &question).await);
    let again = rig.exchange(&app, answered.field("code"), &[]).await.expect(200);
    call(&rig, again.str("/access_token"), "POST", "/v1/orders").await.expect(200);

    // A refresh tells of the sign-in of then; no refresh makes it younger.
    let old = rig.code(&app, by_hand).await;
    let first = rig.exchange(&app, &old, &[]).await.expect(200);
    let refreshed = rig.refresh(&app, first.str("/refresh_token"), &[]).await.expect(200);
    call(&rig, refreshed.str("/access_token"), "POST", "/v1/orders").await.refused(401, "insufficient_user_authentication");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_signed_in_for_never_gets_through() {
    let rig = rig().await;
    demand(&rig, 3600).await;
    let about = json!({"audience": ORDERS, "method": "POST", "path": "/v1/orders"});
    let pat = json!({"kind": "pat", "name": "a", "audience": [ORDERS], "scopes": ["orders:*"]});
    let pat = rig.issue(pat).await.str("/token").to_owned();
    let app = rig.app().await;
    let own =
        rig.ask(&app, &[("grant_type", "client_credentials"), ("resource", ORDERS), ("scope", "orders:write")], &[]).await.expect(200);
    for token in [pat.as_str(), own.str("/access_token")] {
        let answer = rig.verify(token, about.clone()).await;
        assert_eq!((answer.str("/code"), answer.body["active"].as_bool()), ("insufficient_user_authentication", Some(false)));
        assert_eq!((answer.str("/acr_values"), answer.body["max_age"].as_u64()), (ACR_PASSWORD, Some(3600)));
        assert!(!answer.str("/fix").is_empty());
        assert_eq!(rig.said_with(token, json!({"audience": ORDERS, "scopes": ["orders:write"]})).await, "ok", "only the route demands it");
    }
    // Another class is not this one, and a person who signed in by it long enough ago is told so.
    let weak = rig.public().await;
    let code = rig.code(&weak, |authorization| authorization.acr = "urn:example:other".to_owned()).await;
    let token = rig.exchange(&weak, &code, &[]).await.expect(200).str("/access_token").to_owned();
    assert_eq!(rig.said_with(&token, about.clone()).await, "insufficient_user_authentication");
    let id = rig.verify(&token, about).await.str("/id").to_owned();
    let asked = json!({"audience": ORDERS, "method": "POST", "path": "/v1/orders"});
    let told = rig.post(&rig.owner, &format!("/v1/tokens/{id}/explain"), asked).await.expect(200);
    let steps = told.body["steps"].as_array().expect("steps");
    let step = steps.iter().find(|step| step["rule"] == "sign_in").expect("the rule");
    assert_eq!((step["passed"].as_bool(), told.str("/code")), (Some(false), "insufficient_user_authentication"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_had_for_another_keeps_the_sign_in() {
    let rig = rig().await;
    let scopes = json!([{"scope": "pay"}]);
    let routes = json!([{"route": "POST /pay", "scopes": ["pay"], "max_age": 600}]);
    let pay = "https://pay.example.com";
    rig.post(&rig.owner, "/v1/apis", json!({"audience": pay, "name": "Pay", "scopes": scopes, "routes": routes})).await.expect(201);
    let audience = |text: &str| Audience::parse(text).expect("an audience");
    let service = rig
        .register(jeton_core::oauth::registration::AuthMethod::ClientSecretPost, |client| {
            client.registration.grant_types = vec![jeton_core::oauth::grant_type::GrantType::TokenExchange];
            client.policy.exchange = Some(ExchangePolicy { audiences: vec![audience(pay), audience(STOCK)], delegation: true });
        })
        .await;
    let app = rig.public().await;
    for (ago, said) in [(5, "ok"), (60, "insufficient_user_authentication")] {
        let code = rig
            .code(&app, |authorization| {
                authorization.authenticated_at = rig.authority().now().minus(Span::from_minutes(ago));
                authorization.resources = vec![audience(pay)];
                authorization.scopes = ScopeSet::parse_spaced("pay").expect("scopes");
            })
            .await;
        let token = rig.exchange(&app, &code, &[]).await.expect(200);
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", token.str("/access_token")),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("resource", pay),
        ];
        let exchanged = rig.ask(&service, &fields, &[]).await.expect(200);
        let about = json!({"audience": pay, "method": "POST", "path": "/pay"});
        assert_eq!(rig.said_with(exchanged.str("/access_token"), about).await, said, "{ago} minutes ago");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_cannot_demand_what_nobody_can_do() {
    let rig = Rig::start().await;
    let with = |route: Value| json!({"audience": "https://new.example.com", "name": "New", "scopes": [], "routes": [route]});
    for route in [
        json!({"route": "GET /a", "acr_values": ["urn:example:unheard"]}),
        json!({"route": "GET /a", "acr_values": ["two words"]}),
        json!({"route": "GET /a", "acr_values": [""]}),
        json!({"route": "GET /a", "max_age": 400 * 86_400}),
    ] {
        let reply = rig.post(&rig.owner, "/v1/apis", with(route.clone())).await;
        assert_eq!((reply.status, reply.str("/code")), (400, "bad_field"), "{route}: {}", reply.text);
    }
    assert_eq!(rig.post(&Anonymous, "/v1/apis", json!({})).await.status, 401);
    assert_eq!(VERIFIER, asking::VERIFIER, "both rigs speak of one verifier");
}
