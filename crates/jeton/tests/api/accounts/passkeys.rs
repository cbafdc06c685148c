//! Passkeys: registered by who is signed in, enough to sign in without a name, and never fooled.

use super::authenticator::Authenticator;
use crate::{
    oauth::{
        browser::{Browser, Page},
        people::{signed_in, who},
    },
    world::{On, World},
};
use jeton::session::cookie;
use serde_json::json;

/// The issuer of these tests: passkeys are for host names.
const ISSUER: &str = "http://localhost:8700";

pub(crate) async fn world() -> World {
    World::on(On::Sqlite, |config| config.issuer = ISSUER.to_owned()).await
}

/// The options of the form with this action.
pub(crate) fn options(page: &Page, kind: &str) -> String {
    let rest = page.text.split(&format!("data-passkey=\"{kind}\" data-options=\"")).nth(1).expect("a form for passkeys");
    rest.split('"').next().expect("its end").replace("&#34;", "\"").replace("&#38;", "&")
}

/// The part of a page that is the form for passkeys.
pub(crate) fn form_of(page: &Page, action: &str) -> Page {
    let marker = format!("action=\"{action}\" data-passkey");
    let start = page.text.find(&marker).expect("a form for passkeys");
    Page { status: page.status, headers: page.headers.clone(), text: page.text[start..].to_owned() }
}

async fn add_passkey(browser: &Browser, name: &str) -> Authenticator {
    let page = browser.open("/account/security").await.expect(200);
    let mut authenticator = Authenticator::new(ISSUER);
    let credential = authenticator.create(&options(&page, "create"));
    let form = form_of(&page, "/account/passkeys");
    let done = browser.submit(&form, "/account/passkeys", &[("credential", &credential), ("name", name)]).await.expect(303);
    assert_eq!(done.header("location"), "/account/security?done=added");
    authenticator
}

async fn sign_in_with(browser: &Browser, authenticator: &mut Authenticator) -> Page {
    let page = browser.open("/sign-in?return_to=/account/security").await.expect(200);
    let credential = authenticator.sign(&options(&page, "get"));
    browser.submit(&page, "/sign-in/passkey", &[("credential", &credential)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_the_only_thing_that_is_needed() {
    let world = world().await;
    let (here, ada) = signed_in(&world, "ada").await;
    let mut own = add_passkey(&here, "work laptop").await;
    let browser = Browser::new(&world);
    let done = sign_in_with(&browser, &mut own).await.expect(303);
    assert_eq!(done.header("location"), "/account/security");
    let who_is = who(&world, &browser).await.expect("signed in");
    assert_eq!((who_is.user, who_is.methods.join(" ").as_str(), who_is.acr.as_str()), (ada.user, "hwk user mfa", "urn:jeton:acr:mfa"));
    let page = browser.open("/account/security").await.expect(200);
    assert!(page.text.contains("work laptop") && page.text.contains("last used"), "{}", page.text);

    // Renamed by its owner alone, and removed.
    let id = page.text.split("name=\"passkey\" value=\"").nth(1).expect("an id").split('"').next().expect("its end").to_owned();
    let (stranger, _) = signed_in(&world, "bob").await;
    let theirs = stranger.open("/account/security").await.expect(200).field("/account/password", "csrf");
    let foreign = [("csrf", theirs.as_str()), ("passkey", &id), ("action", "remove"), ("name", "x")];
    stranger.post("/account/passkeys", &foreign).await.expect(400);
    let token = page.field("/account/password", "csrf");
    let change = |action: &'static str, name: &'static str| {
        let (browser, token, id) = (&browser, &token, &id);
        async move { browser.post("/account/passkeys", &[("csrf", token), ("passkey", id), ("action", action), ("name", name)]).await }
    };
    let script = "<script>alert(1)</script>";
    change("rename", script).await.expect(303);
    let page = browser.open("/account/security").await.expect(200);
    assert!(!page.text.contains(script) && page.text.contains("&#60;script&#62;alert"), "{}", page.text);
    change("remove", "").await.expect(303);
    sign_in_with(&Browser::new(&world), &mut own).await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_is_taken_twice_or_from_elsewhere() {
    let world = world().await;
    let (here, _) = signed_in(&world, "ada").await;
    let mut own = add_passkey(&here, "").await;
    let browser = Browser::new(&world);
    let page = browser.open("/sign-in").await.expect(200);
    let credential = own.sign(&options(&page, "get"));
    let refuse = async |browser: &Browser, page: &Page, credential: &str, why: &str| {
        browser.submit(page, "/sign-in/passkey", &[("credential", credential)]).await.expect(401);
        assert!(browser.cookie(cookie::SESSION).is_none(), "{why}");
    };
    let other = Browser::new(&world);
    let others = other.open("/sign-in").await.expect(200);
    refuse(&other, &others, &credential, "the challenge of another page").await;
    let state = page.field("/sign-in/passkey", "state");
    other.submit(&others, "/sign-in/passkey", &[("credential", &credential), ("state", &state)]).await.expect(401);
    assert!(other.cookie(cookie::SESSION).is_none(), "the page of another browser");
    own.origin = "http://localhost:8701".to_owned();
    let elsewhere = own.sign(&options(&page, "get"));
    refuse(&browser, &page, &elsewhere, "another origin").await;
    own.origin = "https://evil.example".to_owned();
    let elsewhere = own.sign(&options(&page, "get"));
    refuse(&browser, &page, &elsewhere, "another site").await;
    own.origin = ISSUER.to_owned();
    own.verifies = false;
    let unknown = own.sign(&options(&page, "get"));
    refuse(&browser, &page, &unknown, "the authenticator did not know its owner").await;
    own.verifies = true;
    let mut changed = serde_json::from_str::<serde_json::Value>(&own.sign(&options(&page, "get"))).expect("JSON");
    changed["response"]["userHandle"] = json!("AAAAAAAAAAAAAAAAAAAAAA");
    refuse(&browser, &page, &changed.to_string(), "another person's handle").await;
    for garbage in ["{}", "null", "[1]", &"x".repeat(40_000)] {
        let browser = Browser::new(&world);
        let page = browser.open("/sign-in").await.expect(200);
        refuse(&browser, &page, garbage, "garbage").await;
    }
    let good = own.sign(&options(&page, "get"));
    browser.submit(&page, "/sign-in/passkey", &[("credential", &good)]).await.expect(303);
    browser.cookies.lock().remove(cookie::SESSION);
    refuse(&browser, &page, &good, "used before").await;
    own.go_back();
    let copy = own.sign(&options(&browser.open("/sign-in").await.expect(200), "get"));
    refuse(&browser, &browser.open("/sign-in").await, &copy, "a challenge that is not the page's").await;
    let page = browser.open("/sign-in").await.expect(200);
    let copy = own.sign(&options(&page, "get"));
    refuse(&browser, &page, &copy, "a copy counts from the beginning").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_for_its_session_and_once() {
    let world = world().await;
    let (here, _) = signed_in(&world, "ada").await;
    let (there, _) = signed_in(&world, "bob").await;
    let page = form_of(&here.open("/account/security").await.expect(200), "/account/passkeys");
    let mut own = Authenticator::new(ISSUER);
    let credential = own.create(&options(&page, "create"));
    let theirs = form_of(&there.open("/account/security").await.expect(200), "/account/passkeys");
    let state = page.field("/account/passkeys", "state");
    there.submit(&theirs, "/account/passkeys", &[("credential", &credential), ("state", &state)]).await.expect(400);
    here.submit(&page, "/account/passkeys", &[("credential", &credential)]).await.expect(303);
    here.submit(&page, "/account/passkeys", &[("credential", &credential)]).await.expect(400);
    // One key is one person's.
    let credential = own.create(&options(&theirs, "create"));
    there.submit(&theirs, "/account/passkeys", &[("credential", &credential)]).await.expect(400);
    let mut unverified = Authenticator::new(ISSUER);
    unverified.verifies = false;
    let page = form_of(&here.open("/account/security").await.expect(200), "/account/passkeys");
    let credential = unverified.create(&options(&page, "create"));
    here.submit(&page, "/account/passkeys", &[("credential", &credential)]).await.expect(400);
    let mut far = Authenticator::new("https://evil.example");
    let credential = far.create(&options(&page, "create"));
    here.submit(&page, "/account/passkeys", &[("credential", &credential)]).await.expect(400);
}
