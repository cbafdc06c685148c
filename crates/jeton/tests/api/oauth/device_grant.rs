//! The device grant, from the device's request over a person's yes to a token.

use super::{
    browser::Browser,
    forms::{by, post},
    people::{add, sign_in},
    token::rig::{App, Rig, claims, refused},
};
use crate::{
    oauth_clients::documents::Site,
    world::{ISSUER, ORDERS, On, Reply},
};
use jeton_core::oauth::{grant_type::GrantType, registration::AuthMethod};
use serde_json::json;

const PATH: &str = "/oauth/device_authorization";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn television(rig: &Rig) -> App {
    rig.register(AuthMethod::None, |client| client.registration.grant_types = vec![GrantType::DeviceCode, GrantType::RefreshToken]).await
}

async fn begin(rig: &Rig, app: &App, scope: &str) -> Reply {
    by(rig, app, PATH, &[("scope", scope), ("resource", ORDERS)]).await.expect(200)
}

async fn poll(rig: &Rig, app: &App, begun: &Reply) -> Reply {
    rig.ask(app, &[("grant_type", GRANT), ("device_code", begun.str("/device_code"))], &[]).await
}

async fn person(rig: &Rig, name: &str) -> Browser {
    add(rig, name).await;
    let browser = Browser::new(rig);
    sign_in(&browser, name).await;
    browser
}

/// Types a code and decides.
async fn answer(browser: &Browser, code: &str, decision: &str) {
    let page = browser.open("/device").await.expect(200);
    let asked = browser.submit(&page, "/device", &[("user_code", code)]).await.expect(200);
    assert!(asked.text.contains("Sample app") && asked.text.contains("Read orders"), "{}", asked.text);
    browser.submit(&asked, "/device", &[("decision", decision)]).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_let_in_by_a_person_once() {
    let rig = Rig::start().await;
    let (app, browser) = (television(&rig).await, person(&rig, "bea").await);
    let begun = begin(&rig, &app, "openid orders:read").await;
    assert_eq!((begun.str("/verification_uri"), &begun.body["interval"]), (format!("{ISSUER}/device").as_str(), &json!(5)));
    assert_eq!(begun.str("/verification_uri_complete"), format!("{ISSUER}/device?user_code={}", begun.str("/user_code")));
    assert_eq!((begun.body["expires_in"].as_i64(), begun.header("cache-control")), (Some(600), "no-store"));
    let code = begun.str("/user_code");
    assert!(code.len() == 9 && code.bytes().all(|b| b == b'-' || b"BCDFGHJKLMNPQRSTVWXZ".contains(&b)), "{code}");

    refused(&poll(&rig, &app, &begun).await, 400, "authorization_pending");
    refused(&poll(&rig, &app, &begun).await, 400, "slow_down");
    let other = television(&rig).await;
    refused(&poll(&rig, &other, &begun).await, 400, "invalid_grant");
    // Typed as people type.
    answer(&browser, &code.to_lowercase().replace('-', " "), "allow").await;
    let issued = poll(&rig, &app, &begun).await.expect(200);
    assert_eq!(rig.said(issued.str("/access_token"), ORDERS, "orders:read").await, "ok");
    let id_token = claims(issued.str("/id_token"));
    assert!(id_token.get("sid").is_none() && id_token["auth_time"].is_i64(), "the browser's session is not the device's: {id_token}");
    refused(&poll(&rig, &app, &begun).await, 400, "invalid_grant");
    // The code is used: there is nothing to answer any more.
    let page = browser.open("/device").await.expect(200);
    browser.submit(&page, "/device", &[("user_code", code)]).await.expect(400);
    assert!(browser.open("/account/apps").await.expect(200).text.contains("Sample app"), "the person finds it again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_came_by_its_document_is_stored_when_it_is_let_in() {
    let rig = Rig::on(On::Sqlite, |config| config.oauth.development = true).await;
    let (site, browser) = (Site::start().await, person(&rig, "bea").await);
    let id = site.id();
    site.serve(&json!({"client_id": id, "client_name": "Sample app", "grant_types": [GRANT], "scope": "orders:read"}));
    let named = ("client_id", id.as_str());
    let begun = post(&rig, PATH, &[named, ("scope", "orders:read"), ("resource", ORDERS)], &[]).await.expect(200);
    let stored = async || rig.authority().store.find_client(&id).await.expect("looked up").0;
    assert!(stored().await.is_none(), "asking is not using");
    answer(&browser, begun.str("/user_code"), "allow").await;
    assert!(stored().await.is_some());
    let issued = rig.send_form(&[named, ("grant_type", GRANT), ("device_code", begun.str("/device_code"))], &[]).await.expect(200);
    assert_eq!(rig.said(issued.str("/access_token"), ORDERS, "orders:read").await, "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_is_a_no_and_a_code_alone_is_nothing() {
    let rig = Rig::start().await;
    let (app, browser) = (television(&rig).await, person(&rig, "bea").await);
    let begun = begin(&rig, &app, "orders:read").await;
    // Only whoever is signed in and has the page's own token decides.
    let code = begun.str("/user_code");
    post(&rig, "/device", &[("user_code", code), ("decision", "allow")], &[]).await;
    browser.post("/device", &[("user_code", code), ("decision", "allow")]).await.expect(403);
    refused(&poll(&rig, &app, &begun).await, 400, "authorization_pending");
    answer(&browser, code, "deny").await;
    refused(&poll(&rig, &app, &begun).await, 400, "access_denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_hopeless() {
    let rig = Rig::start().await;
    let (app, browser) = (television(&rig).await, person(&rig, "bea").await);
    let begun = begin(&rig, &app, "orders:read").await;
    let page = browser.open("/device").await.expect(200);
    let letters = b"BCDFGHJKLM";
    for n in 0..10usize {
        let guess: String = (0..8).map(|at| char::from(letters[(n + at) % 10])).collect();
        assert_eq!(browser.submit(&page, "/device", &[("user_code", &guess)]).await.status, 400, "{guess}");
    }
    // From now on the right code is not looked at either.
    let stopped = browser.submit(&page, "/device", &[("user_code", begun.str("/user_code"))]).await;
    assert_eq!(stopped.status, 429, "{}", stopped.text);
    refused(&poll(&rig, &app, &begun).await, 400, "authorization_pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_asks_for_what_its_client_may_have() {
    let rig = Rig::start().await;
    let app = television(&rig).await;
    for (fields, code) in [
        (&[("scope", "nothing:read")][..], "invalid_scope"),
        (&[("scope", "openid  x")], "invalid_scope"),
        (&[("scope", "orders:read"), ("resource", "https://nowhere.example")], "invalid_target"),
        (&[], "invalid_scope"),
    ] {
        refused(&by(&rig, &app, PATH, fields).await, 400, code);
    }
    refused(&by(&rig, &rig.app().await, PATH, &[("scope", "orders:read")]).await, 400, "unauthorized_client");
    refused(&post(&rig, PATH, &[("client_id", "app_000000000000"), ("scope", "orders:read")], &[]).await, 401, "invalid_client");
    refused(&rig.ask(&app, &[("grant_type", GRANT)], &[]).await, 400, "invalid_request");
    refused(&rig.ask(&app, &[("grant_type", GRANT), ("device_code", "x")], &[]).await, 400, "invalid_grant");
}
