//! A policy that wants two factors of people: whoever has shown one comes no further than where the other is set up, whichever way is tried.

use super::{
    authenticator::Authenticator,
    factors::{code_of, turn_on},
    passkeys::{form_of, options},
};
use crate::{
    oauth::{
        asking::{agree, asks_for_consent, path, sample},
        browser::{Browser, Page},
        people::{PASSWORD, sign_in, signed_in, who},
    },
    world::{Bearer, World},
};
use jeton::pages;
use serde_json::json;

/// Wants a second factor of people of these roles.
async fn want(world: &World, roles: &[&str]) {
    let version = world.get(&world.owner, "/v1/policy").await.expect(200).body["version"].clone();
    let roles: serde_json::Map<_, _> = roles.iter().map(|role| ((*role).to_owned(), json!({"second_factor": true}))).collect();
    let body = json!({"version": version, "roles": roles});
    world.raw(&world.owner, "PUT", "/v1/policy", body.to_string()).await.expect(200);
}

/// Another good password.
const ANOTHER: &str = "cobalt meadow ginger anchor";
const EVERYBODY: [&str; 5] = ["owner", "operator", "approver", "developer", "auditor"];

/// Whether an answer leads to where a second factor is set up, and nowhere else.
#[track_caller]
fn leads_to_set_up(page: &Page) {
    assert_eq!(page.status, 303, "{}", page.text);
    assert!(page.header("location").starts_with("/account/security?return_to="), "{}", page.header("location"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_opens_before_a_second_factor_is_set_up() {
    let world = World::start().await;
    world.declare_orders().await;
    // A session of before counts as little as one of after.
    let (old, _) = signed_in(&world, "ada").await;
    let csrf = old.open("/account/sessions").await.expect(200).field("/account/sessions", "csrf");
    want(&world, &EVERYBODY).await;
    let new = Browser::new(&world);
    sign_in(&new, "ada").await;
    let stranger = Browser::new(&world);
    let mut for_who_is_signed_in = Vec::new();
    for page in pages::routes::pages().filter(|page| !page.contains('{')) {
        if stranger.open(page).await.header("location").starts_with("/sign-in?return_to=") {
            for_who_is_signed_in.push(page);
        }
    }
    assert!(for_who_is_signed_in.len() > 30, "{for_who_is_signed_in:?}");
    for browser in [&old, &new] {
        for page in &for_who_is_signed_in {
            let shown = browser.open(page).await;
            match *page {
                "/account/security" | "/account/totp" => assert_eq!(shown.status, 200, "{page}: {}", shown.text),
                _ => leads_to_set_up(&shown),
            }
        }
        leads_to_set_up(&browser.open("/dashboard/people/usr_000000000000").await);
        leads_to_set_up(&browser.open("/device?user_code=WDJB-MJHT").await);
        assert!(who(&world, browser).await.is_none(), "nobody, for whoever asks who is there");
    }
    for action in [
        "/account/password",
        "/account/profile",
        "/account/sessions",
        "/account/apps",
        "/account/totp/remove",
        "/account/recovery-codes",
        "/dashboard/tokens/new",
        "/dashboard/apps/new",
        "/dashboard/inspect",
        "/device",
    ] {
        let sent = old.post(action, &[("csrf", &csrf), ("name", "x"), ("email", "x@example.com")]).await;
        leads_to_set_up(&sent);
    }
    leads_to_set_up(&old.post("/account/passkeys", &[("csrf", &csrf), ("action", "remove")]).await);
    // The way out is open.
    let out = old.open("/sign-out").await.expect(200);
    assert!(old.submit(&out, "/sign-out", &[]).await.expect(200).text.contains("Signed out"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sets_one_up_goes_on_where_he_was() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, ada) = signed_in(&world, "ada").await;
    let client = sample(&world, &ada).await;
    want(&world, &["developer"]).await;
    // No consent without it, and an app that forbids to ask is told that nobody is signed in.
    let led = browser.open(&path(&client, &[])).await;
    leads_to_set_up(&led);
    let silent = browser.open(&path(&client, &[("prompt", "none")])).await.expect(303);
    assert!(silent.header("location").contains("error=login_required"), "{}", silent.header("location"));
    let page = browser.open(led.header("location")).await.expect(200);
    assert!(page.text.contains("Set up a second factor") && !page.text.contains("/dashboard/tokens/mine"), "{}", page.text);
    let way = page.text.split("href=\"/account/totp?").nth(1).and_then(|rest| rest.split('"').next()).expect("a way").replace("&#38;", "&");
    let setting_up = browser.open(&format!("/account/totp?{way}")).await.expect(200);
    assert!(setting_up.field("/account/totp", "return_to").starts_with("/oauth/authorize?"));
    let (app, _) = turn_on(&world, &browser).await;
    // The session began without it: it has to be shown.
    let asked = browser.open(&path(&client, &[])).await.expect(303);
    assert!(asked.header("location").starts_with("/sign-in?again=factor&return_to=%2Foauth%2Fauthorize"), "{}", asked.header("location"));
    let page = browser.open(asked.header("location")).await.expect(200);
    let second = browser.submit(&page, "/sign-in", &[("username", "ada"), ("password", PASSWORD)]).await.expect(200);
    let back = browser.submit(&second, "/sign-in/code", &[("code", &code_of(&app, &world, 30))]).await.expect(303);
    let consent = browser.open(back.header("location")).await.expect(200);
    assert!(asks_for_consent(&consent), "{}", consent.text);
    assert!(agree(&browser, &consent).await.header("location").contains("code="));
    browser.open("/dashboard").await.expect(200);
    // The last one stays while it is wanted.
    let asked = browser.open("/account/totp/remove").await.expect(200);
    let kept = browser.submit(&asked, "/account/totp/remove", &[]).await.expect(403);
    assert!(kept.text.contains("this is the last one"), "{}", kept.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_reset_is_one_factor_still() {
    let world = World::start().await;
    let (owner_like, own) = signed_in(&world, "ada").await;
    let (app, _) = turn_on(&world, &owner_like).await;
    want(&world, &EVERYBODY).await;
    // With a factor, a session that was begun without it only leads to showing it: nobody replaces it by a password alone.
    for page in ["/dashboard", "/account/security", "/account/totp"] {
        let led = owner_like.open(page).await.expect(303);
        assert!(led.header("location").starts_with("/sign-in?again=factor"), "{page}: {}", led.header("location"));
    }
    let link = world.post(&world.owner, &format!("/v1/users/{}/link", own.user), json!({})).await.expect(201);
    let browser = Browser::new(&world);
    let secret = link.str("/url").split("link=").nth(1).expect("a secret").to_owned();
    browser.open(&format!("/account/reset?link={secret}")).await.expect(303);
    let page = browser.open("/account/reset").await.expect(200);
    browser.submit(&page, "/account/reset", &[("password", ANOTHER), ("again", ANOTHER)]).await.expect(303);
    assert!(browser.open("/dashboard").await.expect(303).header("location").starts_with("/sign-in?return_to="));
    let page = browser.open("/sign-in").await.expect(200);
    let second = browser.submit(&page, "/sign-in", &[("username", "ada"), ("password", ANOTHER)]).await.expect(200);
    browser.submit(&second, "/sign-in/code", &[("code", &code_of(&app, &world, 30))]).await.expect(303);
    browser.open("/dashboard").await.expect(200);
    // An administrator takes the factors away: then one is set up anew, and nobody is locked out.
    world.post(&world.owner, &format!("/v1/users/{}/reset-factors", own.user), json!({})).await.expect(200);
    let again = Browser::new(&world);
    let page = again.open("/sign-in").await.expect(200);
    again.submit(&page, "/sign-in", &[("username", "ada"), ("password", ANOTHER)]).await.expect(303);
    leads_to_set_up(&again.open("/dashboard").await);
    again.open("/account/security").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_enough_and_only_named_roles_need_one() {
    let world = super::passkeys::world().await;
    want(&world, &["operator"]).await;
    let (developer, _) = signed_in(&world, "dev").await;
    developer.open("/dashboard").await.expect(200);
    world.post(&world.owner, "/v1/users", json!({"name": "op", "role": "operator", "password": PASSWORD})).await.expect(201);
    let operator = Browser::new(&world);
    sign_in(&operator, "op").await;
    let led = operator.open("/dashboard/keys").await;
    leads_to_set_up(&led);
    let page = operator.open(led.header("location")).await.expect(200);
    let mut authenticator = Authenticator::new("http://localhost:8700");
    let credential = authenticator.create(&options(&page, "create"));
    let form = form_of(&page, "/account/passkeys");
    let done = operator.submit(&form, "/account/passkeys", &[("credential", &credential), ("name", "key")]).await.expect(303);
    assert_eq!(done.header("location"), "/dashboard/keys");
    let asked = operator.open("/dashboard/keys").await.expect(303);
    let page = operator.open(asked.header("location")).await.expect(200);
    let credential = authenticator.sign(&options(&page, "get"));
    let back = operator.submit(&page, "/sign-in/passkey", &[("credential", &credential)]).await.expect(303);
    assert_eq!(back.header("location"), "/dashboard/keys");
    let page = operator.open("/account/security").await.expect(200);
    let id = page.text.split("name=\"passkey\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a passkey").to_owned();
    let csrf = page.field("/account/password", "csrf");
    let kept = operator.post("/account/passkeys", &[("csrf", &csrf), ("action", "remove"), ("passkey", &id)]).await.expect(403);
    assert!(kept.text.contains("this is the last one"), "{}", kept.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_page_of_before_is_not_answered_any_more() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, ada) = signed_in(&world, "ada").await;
    let client = sample(&world, &ada).await;
    let consent = browser.open(&path(&client, &[])).await.expect(200);
    assert!(asks_for_consent(&consent), "{}", consent.text);
    want(&world, &["developer"]).await;
    leads_to_set_up(&agree(&browser, &consent).await);
    // Another organisation's people are under its own policy.
    let other = world.post(&world.owner, "/v1/organisations", json!({"name": "other"})).await.expect(201);
    let other = Bearer(other.str("/owner_token/token").to_owned());
    world.post(&other, "/v1/users", json!({"name": "eve", "role": "developer", "password": PASSWORD})).await.expect(201);
    let eve = Browser::new(&world);
    sign_in(&eve, "eve").await;
    eve.open("/dashboard").await.expect(200);
}
