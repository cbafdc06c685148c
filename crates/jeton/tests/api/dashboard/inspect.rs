//! The inspector: says what a token is and how its calls are decided, to who may know; keeps and repeats nothing of it.

use super::frame::somebody;
use crate::{
    oauth::browser::{Browser, Page},
    world::{self, ORDERS, World},
};
use serde_json::json;

const HERE: &str = "/dashboard/inspect";

async fn look(browser: &Browser, token: &str, call: &[(&str, &str)]) -> Page {
    let page = browser.open(HERE).await.expect(200);
    let fields: Vec<(&str, &str)> = [("token", token)].into_iter().chain(call.iter().copied()).collect();
    browser.submit(&page, HERE, &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_decided_rule_by_rule() {
    let world = World::start().await;
    world.declare_orders().await;
    let body = json!({"kind": "pat", "name": "reader <x>", "audience": [ORDERS], "scopes": ["orders:read"], "networks": ["192.0.2.0/24"]});
    let token = world.issue(body).await;
    let (text, id) = (token.str("/token"), token.str("/id"));
    let browser = somebody(&world, "olga", "owner").await;
    let call = [("audience", ORDERS), ("method", "POST"), ("path", "/v1/orders"), ("client_ip", "192.0.2.7")];
    let found = look(&browser, text, &call).await.expect(200);
    for part in ["Personal access token", id, "reader &#60;x&#62;", "Scope missing", ">Broken<", "POST /v1/orders", ">Good<"] {
        assert!(found.text.contains(part), "{part}: {}", found.text);
    }
    assert!(!found.text.contains(text) && !found.text.contains("<x>"), "{}", found.text);
    assert_eq!(found.header("cache-control"), "no-store");
    let call = [("audience", ORDERS), ("method", "GET"), ("path", "/v1/orders/7"), ("client_ip", "192.0.2.7")];
    let passed = look(&browser, text, &call).await.expect(200);
    assert!(passed.text.contains("Would pass") && !passed.text.contains(">Broken<"), "{}", passed.text);
    let elsewhere = look(&browser, text, &[("client_ip", "198.51.100.1")]).await.expect(200);
    assert!(elsewhere.text.contains("Address not allowed"), "{}", elsewhere.text);
    // Looking is no use.
    let usage = world.get(&world.owner, &format!("/v1/tokens/{id}/usage")).await.expect(200);
    assert_eq!(usage.body["total"]["count"].as_u64().unwrap_or_default(), 0, "{usage:?}");
    for (field, value) in [("client_ip", "somewhere"), ("method", "GET"), ("path", "no path")] {
        let refused = look(&browser, text, &[(field, value)]).await.expect(400);
        assert!(refused.text.contains("aria-invalid") || refused.text.contains("Nothing was changed"), "{field}: {}", refused.text);
    }
    browser.post(HERE, &[("token", text)]).await.expect(403);
    assert!(!world::logged().contains(text));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jwt_is_taken_apart_and_its_signature_checked() {
    let world = World::start().await;
    world.declare_orders().await;
    let body = json!({"kind": "pat", "format": "jwt", "name": "j", "audience": [ORDERS], "scopes": ["orders:read"]});
    let token = world.issue(body).await;
    let text = token.str("/token").to_owned();
    let browser = somebody(&world, "olga", "owner").await;
    let found = look(&browser, &text, &[]).await.expect(200);
    for part in ["this server", "at+jwt", "orders:read", "The signature, by this server", ">Good<"] {
        assert!(found.text.contains(part), "{part}: {}", found.text);
    }
    assert!(!found.text.contains(&text), "{}", found.text);
    let mut forged = text.clone().into_bytes();
    let last = forged.len() - 5;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    let forged = look(&browser, std::str::from_utf8(&forged).expect("text"), &[]).await.expect(200);
    assert!(forged.text.contains("this is not it") && forged.text.contains(">Broken<"), "{}", forged.text);
    let foreign = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL290aGVyLmV4YW1wbGUiLCJuYW1lIjoiPHNjcmlwdD4ifQ.AAAA";
    let foreign = look(&browser, foreign, &[]).await.expect(200);
    assert!(foreign.text.contains("Another issuer") && !foreign.text.contains("<script>\""), "{}", foreign.text);
    assert!(foreign.text.contains("&#60;script&#62;"), "{}", foreign.text);
    for strange in ["hello", "jtn_pat_x", "...", "eyJ"] {
        look(&browser, strange, &[]).await.expect(200);
    }
    look(&browser, "", &[]).await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_own_is_shown_to_who_may_not_see_all() {
    let world = World::start().await;
    world.declare_orders().await;
    let token = world.issue(json!({"kind": "svc", "name": "secret plans", "audience": [ORDERS], "scopes": ["orders:read"]})).await;
    let browser = somebody(&world, "dan", "developer").await;
    let found = look(&browser, token.str("/token"), &[]).await.expect(200);
    assert!(found.text.contains(">Good<") && !found.text.contains("secret plans"), "{}", found.text);
    // By the id alone nobody learns that it is there.
    let mut guess = token.str("/token").to_owned();
    guess.replace_range(24..25, if &guess[24..25] == "a" { "b" } else { "a" });
    let guessed = look(&browser, &guess, &[]).await.expect(200);
    assert!(!guessed.text.contains("There is a token") && !guessed.text.contains("secret plans"), "{}", guessed.text);
    let added = world.post(&world.owner, "/v1/organisations", json!({"name": "other"})).await.expect(201);
    let foreign = look(&browser, added.str("/owner_token/token"), &[]).await.expect(200);
    assert!(foreign.text.contains("not recognised here"), "{}", foreign.text);
}
