//! One-time passwords and recovery codes: set up, asked for, good once.

use crate::{
    oauth::{
        browser::{Browser, Page},
        people::{PASSWORD, add, sign_in, signed_in, who},
    },
    world::{World, logged},
};
use jeton::session::cookie;
use jeton_core::limits;
use serde_json::json;
use totp_rs::{Builder, Secret};

/// What an authenticator app does with a secret.
struct App(Vec<u8>);

impl App {
    fn of(page: &Page) -> Self {
        let text = page.text.split("class=\"secret\">").nth(1).expect("a secret").split('<').next().expect("its end").replace(' ', "");
        Self(Secret::try_from_base32(text).expect("base32").as_bytes().to_vec())
    }
    /// The password some seconds from now.
    fn code(&self, world: &World, seconds: i64) -> String {
        let secret = Secret::new(self.0.clone().into_boxed_slice());
        let totp = Builder::new().with_secret(secret).with_account_name("x").build().expect("settings");
        let now = world.authority().now().as_micros() / 1_000_000 + seconds;
        totp.generate(u64::try_from(now).expect("after 1970")).to_string()
    }
}

/// Turns one-time passwords on; gives the app and the recovery codes.
async fn turn_on(world: &World, browser: &Browser) -> (App, Vec<String>) {
    let page = browser.open("/account/totp").await.expect(200);
    assert!(page.text.contains("<svg class=\"picture\" role=\"img\"") && !page.text.contains("style="));
    let app = App::of(&page);
    browser.submit(&page, "/account/totp", &[("code", "000000")]).await.expect(400);
    let codes = browser.submit(&page, "/account/totp", &[("code", &app.code(world, 0))]).await.expect(200);
    let codes: Vec<String> = codes.text.split("<li><code>").skip(1).map(|rest| rest[..19].to_owned()).collect();
    assert_eq!(codes.len(), limits::RECOVERY_CODES);
    (app, codes)
}

/// The page of the second step.
async fn first_step(browser: &Browser, name: &str) -> Page {
    let page = browser.open("/sign-in?return_to=/account/sessions").await.expect(200);
    let second = browser.submit(&page, "/sign-in", &[("username", name), ("password", PASSWORD)]).await.expect(200);
    assert!(browser.cookie(cookie::SESSION).is_none(), "a password alone signs nobody in");
    second
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_asked_for_and_good_once() {
    let world = World::start().await;
    let (here, _) = signed_in(&world, "ada").await;
    let (app, codes) = turn_on(&world, &here).await;
    let browser = Browser::new(&world);
    let second = first_step(&browser, "ada").await;
    for wrong in ["000000", "12345", "abcd-efgh-jkmn-pqrs", &app.code(&world, -600), &app.code(&world, 0)] {
        browser.submit(&second, "/sign-in/code", &[("code", wrong)]).await.expect(401);
        assert!(browser.cookie(cookie::SESSION).is_none(), "{wrong}: wrong, or used when it was turned on");
    }
    let later = app.code(&world, 30);
    let browser = Browser::new(&world);
    let second = first_step(&browser, "ada").await;
    let done = browser.submit(&second, "/sign-in/code", &[("code", &format!(" {} {}", &later[..3], &later[3..]))]).await.expect(303);
    assert_eq!(done.header("location"), "/account/sessions");
    let own = who(&world, &browser).await.expect("signed in");
    assert_eq!((own.methods.join(" ").as_str(), own.acr.as_str()), ("pwd otp mfa", "urn:jeton:acr:mfa"));
    let again = Browser::new(&world);
    let second = first_step(&again, "ada").await;
    again.submit(&second, "/sign-in/code", &[("code", &later)]).await.expect(401);

    // The codes: each once, however it is typed.
    let typed = codes[0].to_uppercase().replace('-', " ");
    let with_code = Browser::new(&world);
    let second = first_step(&with_code, "ada").await;
    with_code.submit(&second, "/sign-in/code", &[("code", &typed)]).await.expect(303);
    assert!(with_code.cookie(cookie::SESSION).is_some());
    let again = Browser::new(&world);
    let second = first_step(&again, "ada").await;
    again.submit(&second, "/sign-in/code", &[("code", &typed)]).await.expect(401);
    // New ones take the place of all before.
    let asked = with_code.open("/account/recovery-codes").await.expect(200);
    let fresh = with_code.submit(&asked, "/account/recovery-codes", &[]).await.expect(200);
    assert_eq!(fresh.text.matches("<li><code>").count(), limits::RECOVERY_CODES);
    let late = Browser::new(&world);
    let second = first_step(&late, "ada").await;
    late.submit(&second, "/sign-in/code", &[("code", &codes[1])]).await.expect(401);

    let asked = with_code.open("/account/totp/remove").await.expect(200);
    with_code.submit(&asked, "/account/totp/remove", &[]).await.expect(303);
    sign_in(&Browser::new(&world), "ada").await;
    let log = logged();
    assert!(!log.contains(&codes[0]) && !log.contains(&later));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_step_belongs_to_its_browser_and_its_account() {
    let world = World::start().await;
    let (here, _) = signed_in(&world, "ada").await;
    let (_, codes) = turn_on(&world, &here).await;
    let (there, _) = signed_in(&world, "bob").await;
    let (_, theirs) = turn_on(&world, &there).await;
    let (browser, thief) = (Browser::new(&world), Browser::new(&world));
    let second = first_step(&browser, "ada").await;
    let state = second.field("/sign-in/code", "state");
    browser.submit(&second, "/sign-in/code", &[("code", &theirs[0])]).await.expect(401);
    // The sealed state is worth nothing at another browser, nor changed.
    let own = first_step(&thief, "bob").await;
    thief.submit(&own, "/sign-in/code", &[("state", &state), ("code", &codes[0])]).await.expect(401);
    browser.submit(&second, "/sign-in/code", &[("state", &state[1..]), ("code", &codes[0])]).await.expect(401);
    browser.submit(&second, "/sign-in/code", &[("csrf", "x"), ("code", &codes[0])]).await.expect(403);
    browser.submit(&second, "/sign-in/code", &[("return_to", "//evil.example"), ("code", &codes[0])]).await.expect(400);
    assert!(browser.cookie(cookie::SESSION).is_none() && thief.cookie(cookie::SESSION).is_none());
    browser.submit(&second, "/sign-in/code", &[("code", &codes[0])]).await.expect(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_codes_waits_and_the_first_step_tells_nothing() {
    let world = World::start().await;
    let (here, _) = signed_in(&world, "ada").await;
    turn_on(&world, &here).await;
    add(&world, "bob").await;
    let browser = Browser::new(&world);
    let second = first_step(&browser, "ada").await;
    for _ in 0..=limits::SIGN_IN_FREE_FAILURES {
        browser.submit(&second, "/sign-in/code", &[("code", "000000")]).await.expect(401);
    }
    browser.submit(&second, "/sign-in/code", &[("code", "000000")]).await.expect(429);
    // A wrong password gets the same page with a second factor, without one, and without an account.
    let mut pages = Vec::new();
    for name in ["ada", "bob", "nobody"] {
        let browser = Browser::new(&world);
        let page = browser.open("/sign-in").await.expect(200);
        let token = page.field("/sign-in", "csrf");
        let before = world.authority().sign_ins.hasher.done();
        let wrong = browser.submit(&page, "/sign-in", &[("username", name), ("password", "wrong password that is long")]).await.expect(401);
        let hashes = world.authority().sign_ins.hasher.done() - before;
        pages.push((wrong.text.replace(&token, "TOKEN").replace(&format!("value=\"{name}\""), "value=\"NAME\""), hashes));
    }
    pages.dedup();
    assert_eq!(pages.len(), 1, "{pages:#?}");
    assert_eq!(pages[0].1, 1, "one hash for each");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_browser_is_not_slowed_down_by_strangers() {
    let world = World::start().await;
    let (browser, _) = signed_in(&world, "ada").await;
    let known = browser.cookie(cookie::KNOWN).expect("a cookie");
    let stranger = Browser::new(&world);
    let page = stranger.open("/sign-in").await.expect(200);
    for _ in 0..=limits::SIGN_IN_FREE_FAILURES {
        stranger.submit(&page, "/sign-in", &[("username", "ada"), ("password", "wrong")]).await.expect(401);
    }
    stranger.submit(&page, "/sign-in", &[("username", "ada"), ("password", PASSWORD)]).await.expect(429);
    // From the same address, by name and by address; a cookie that somebody made up is none.
    for name in ["ada", "ADA@example.com"] {
        let page = browser.open("/sign-in").await.expect(200);
        browser.submit(&page, "/sign-in", &[("username", name), ("password", PASSWORD)]).await.expect(303);
    }
    let forger = Browser::new(&world);
    let mut forged = known.clone();
    forged.replace_range(10..11, if &known[10..11] == "A" { "B" } else { "A" });
    forger.cookies.lock().insert(cookie::KNOWN.to_owned(), forged);
    let page = forger.open("/sign-in").await.expect(200);
    forger.submit(&page, "/sign-in", &[("username", "ada"), ("password", PASSWORD)]).await.expect(429);
    // It is good for its own account alone.
    add(&world, "bob").await;
    for _ in 0..=limits::SIGN_IN_FREE_FAILURES {
        stranger.submit(&stranger.open("/sign-in").await, "/sign-in", &[("username", "bob"), ("password", "wrong")]).await.expect(401);
    }
    let page = browser.open("/sign-in").await.expect(200);
    browser.submit(&page, "/sign-in", &[("username", "bob"), ("password", PASSWORD)]).await.expect(429);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_own_password_is_changed_by_who_knows_it() {
    let world = World::start().await;
    let (here, _) = signed_in(&world, "ada").await;
    let there = Browser::new(&world);
    sign_in(&there, "ada").await;
    let next = "copper lantern drift seven";
    let page = here.open("/account/security").await.expect(200);
    let change = |old: &'static str, new: &'static str, again: &'static str| {
        let (here, page) = (&here, &page);
        async move { here.submit(page, "/account/password", &[("old", old), ("password", new), ("again", again)]).await }
    };
    for (old, new, again) in
        [("wrong", next, next), (PASSWORD, "short", "short"), (PASSWORD, next, "copper"), (PASSWORD, "ada@example.com", "ada@example.com")]
    {
        let refused = change(old, new, again).await.expect(400);
        assert!(refused.text.contains("Nothing was changed") && !refused.text.contains(next));
    }
    here.submit(&page, "/account/password", &[("csrf", "x"), ("old", PASSWORD), ("password", next), ("again", next)]).await.expect(403);
    change(PASSWORD, next, next).await.expect(303);
    assert!(who(&world, &here).await.is_some() && who(&world, &there).await.is_none(), "the others are over, this one is not");
    let page = there.open("/sign-in").await.expect(200);
    there.submit(&page, "/sign-in", &[("username", "ada"), ("password", PASSWORD)]).await.expect(401);
    there.submit(&page, "/sign-in", &[("username", "ada"), ("password", next)]).await.expect(303);
    let page = here.open("/account/sessions").await.expect(200);
    let all = here.post("/account/sessions", &[("csrf", &page.field("/account/sessions", "csrf")), ("session", "all")]).await.expect(200);
    assert!(all.header("set-cookie").contains("Max-Age=0"));
    assert!(who(&world, &here).await.is_none() && who(&world, &there).await.is_none(), "signed out everywhere");
    let audit = world.get(&world.owner, "/v1/audit?limit=50").await.expect(200).text;
    assert!(audit.contains("signed_out_everywhere") && !audit.contains(next));
    world.post(&world.owner, "/v1/users", json!({"name": "still there"})).await.expect(201);
}
