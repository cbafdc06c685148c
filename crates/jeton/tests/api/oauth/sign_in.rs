//! `/sign-in`: cookies, fixation, guessing, other sites, other places to go to.

use super::{
    browser::Browser,
    people::{PASSWORD, add, sign_in, signed_in, who},
};
use crate::world::{World, logged};
use jeton::session::cookie;
use jeton_core::limits;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_by_name_or_address_and_goes_on() {
    let world = World::start().await;
    add(&world, "ada").await;
    for name in ["ada", "Ada@Example.com", " ada "] {
        let browser = Browser::new(&world);
        let page = browser.open("/sign-in?return_to=/oauth/authorize?client_id%3Dx%26state%3D%22y").await.expect(200);
        // What is no place to go on to is left out.
        assert_eq!(page.field("/sign-in", "return_to"), "/oauth/authorize?client_id=x&state=\"y");
        assert!(page.text.contains("autocomplete=\"current-password\"") && !page.text.contains("<script"), "{}", page.text);
        let done = browser.submit(&page, "/sign-in", &[("username", name), ("password", PASSWORD)]).await.expect(303);
        assert_eq!(done.header("location"), "/oauth/authorize?client_id=x&state=\"y");
        let set = done.header("set-cookie");
        assert!(set.starts_with("__Host-jeton-session="), "{set}");
        for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
            assert!(set.contains(attribute), "{set}");
        }
        let own = who(&world, &browser).await.expect("signed in");
        assert_eq!((own.methods.as_slice(), own.acr.as_str()), (&["pwd".to_owned()][..], "urn:jeton:acr:password"));
        let account = browser.open("/account/sessions").await.expect(200);
        assert!(account.text.contains("This one") && account.text.contains("Firefox on Linux"), "{}", account.text);
    }
    assert!(!logged().contains(PASSWORD));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_from_before_is_never_kept() {
    let world = World::start().await;
    let (browser, first) = signed_in(&world, "ada").await;
    let planted = browser.cookie(cookie::SESSION).expect("a cookie");
    sign_in(&browser, "ada").await;
    let second = who(&world, &browser).await.expect("signed in");
    assert_ne!((first.session, &planted), (second.session, &browser.cookie(cookie::SESSION).expect("a cookie")));
    let thief = Browser::new(&world);
    thief.cookies.lock().insert(cookie::SESSION.to_owned(), planted);
    assert_eq!(who(&world, &thief).await, None, "the old cookie is worth nothing");
    // A value that somebody else chose never becomes a session.
    let victim = Browser::new(&world);
    let chosen = "A".repeat(43);
    victim.cookies.lock().insert(cookie::SESSION.to_owned(), chosen.clone());
    sign_in(&victim, "ada").await;
    assert_ne!(victim.cookie(cookie::SESSION), Some(chosen));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_which_half_was_wrong() {
    let world = World::start().await;
    add(&world, "ada").await;
    world.post(&world.owner, "/v1/users", json!({"name": "without"})).await.expect(201);
    let shut = add(&world, "shut").await;
    world.post(&world.owner, &format!("/v1/users/{}/disable", shut.str("/id")), json!({})).await.expect(200);
    let mut texts = Vec::new();
    for (name, password) in
        [("ada", "wrong password that is long"), ("nobody", PASSWORD), ("without", PASSWORD), ("shut", PASSWORD), ("ada", "")]
    {
        let browser = Browser::new(&world);
        let page = browser.open("/sign-in").await.expect(200);
        let token = page.field("/sign-in", "csrf");
        let refused = browser.submit(&page, "/sign-in", &[("username", name), ("password", password)]).await.expect(401);
        assert!(browser.cookie(cookie::SESSION).is_none());
        assert!(refused.text.contains("role=\"alert\"") && refused.text.contains("aria-describedby=\"fault\""));
        let mut headers: Vec<_> = refused.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        texts.push((refused.text.replace(&token, "TOKEN").replace(&format!("value=\"{name}\""), "value=\"NAME\""), headers));
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_waits() {
    let world = World::start().await;
    add(&world, "ada").await;
    let browser = Browser::new(&world);
    let page = browser.open("/sign-in").await.expect(200);
    let try_with = |name: &'static str, password: &'static str| {
        let (browser, page) = (&browser, &page);
        async move { browser.submit(page, "/sign-in", &[("username", name), ("password", password)]).await }
    };
    for _ in 0..=limits::SIGN_IN_FREE_FAILURES {
        try_with("ada", "wrong").await.expect(401);
    }
    let slowed = try_with("ada", PASSWORD).await.expect(429);
    assert!(!slowed.header("retry-after").is_empty() && slowed.text.contains("taken in"), "{}", slowed.text);
    assert!(browser.cookie(cookie::SESSION).is_none());
    for _ in 0..=limits::SIGN_IN_FREE_FAILURES {
        try_with("nobody", "wrong").await.expect(401);
    }
    assert_eq!(try_with("nobody", PASSWORD).await.expect(429).text, slowed.text, "the same for a name that does not exist");
    try_with("bob", "wrong").await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_signs_nobody_in() {
    let world = World::start().await;
    add(&world, "ada").await;
    let (browser, attacker) = (Browser::new(&world), Browser::new(&world));
    let page = browser.open("/sign-in").await.expect(200);
    let foreign = attacker.open("/sign-in").await.expect(200).field("/sign-in", "csrf");
    let form = |token: &str| -> Vec<(String, String)> {
        [("username", "ada"), ("password", PASSWORD), ("csrf", token), ("return_to", "/account")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    };
    let token = page.field("/sign-in", "csrf");
    let origin = format!("http://{}", world.address());
    for (token, headers) in [
        (foreign.as_str(), &[("origin", origin.as_str())][..]),
        ("", &[]),
        (&token, &[("origin", "https://evil.example")]),
        (&token, &[("origin", "null")]),
        (&token, &[("sec-fetch-site", "cross-site")]),
        (&token, &[("sec-fetch-site", "same-site")]),
    ] {
        let form = form(token);
        let fields: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let refused = browser.post_from("/sign-in", &fields, headers).await.expect(403);
        assert!(refused.text.contains("reload the page") && browser.cookie(cookie::SESSION).is_none(), "{headers:?}");
    }
    let form = form(&token);
    let fields: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post_from("/sign-in", &fields, &[("content-type", "application/json")]).await.expect(415);
    browser.post("/sign-in", &fields).await.expect(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_never_leads_to_another_site() {
    let world = World::start().await;
    add(&world, "ada").await;
    for bad in
        ["//evil.example", "https://evil.example", "/\\evil.example", "/account/..//evil.example", "javascript:alert(1)", "/v1/tokens"]
    {
        let browser = Browser::new(&world);
        let encoded: String = url::form_urlencoded::byte_serialize(bad.as_bytes()).collect();
        let page = browser.open(&format!("/sign-in?return_to={encoded}")).await.expect(200);
        assert_eq!(page.field("/sign-in", "return_to"), "/dashboard");
        let fields = [("username", "ada"), ("password", PASSWORD), ("return_to", bad)];
        browser.submit(&page, "/sign-in", &fields).await.expect(400);
        assert!(browser.cookie(cookie::SESSION).is_none());
    }
    let elsewhere = Browser::new(&world).open("/account/apps?after=x").await.expect(303);
    assert_eq!(elsewhere.header("location"), "/sign-in?return_to=%2Faccount%2Fapps%3Fafter%3Dx");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_cannot_be_framed_kept_or_scripted() {
    let world = World::start().await;
    let (browser, _) = signed_in(&world, "ada").await;
    for path in ["/sign-in", "/sign-out", "/device", "/account/apps", "/account/sessions", "/oauth/logout"] {
        let page = browser.open(path).await.expect(200);
        let policy = page.header("content-security-policy");
        for part in ["default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe") && policy.contains("script-src") == page.text.contains("<script"), "{path}: {policy}");
        for inline in ["<style", " style=\"", " onclick", "javascript:", "http://", "https://"] {
            assert!(!page.text.contains(inline), "{path}: {inline}");
        }
        for (name, value) in [
            ("cache-control", "no-store"),
            ("referrer-policy", "same-origin"),
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-opener-policy", "same-origin"),
            ("content-type", "text/html; charset=utf-8"),
        ] {
            assert_eq!(page.header(name), value, "{path}: {name}");
        }
        assert!(
            page.text.contains("<html lang=\"en\">") && page.text.contains("<main id=\"main\"") && page.text.matches("<h1").count() == 1
        );
        let style =
            page.text.split("href=\"").find_map(|rest| rest.split('"').next().filter(|path| path.ends_with(".css"))).expect("a sheet");
        let sheet = browser.open(style).await.expect(200);
        assert_eq!(sheet.header("cache-control"), "public, max-age=31536000, immutable");
        assert!(sheet.header("content-type").starts_with("text/css") && !sheet.text.contains("url("));
    }
    browser.open("/assets/nothing.css").await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_forms_are_refused_plainly() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let page = browser.open("/sign-in").await.expect(200);
    let token = page.field("/sign-in", "csrf");
    let long = "x".repeat(limits::FORM_MAX);
    browser.post("/sign-in", &[("csrf", &token), ("username", &long)]).await.expect(413);
    browser.post("/sign-in", &[("csrf", &token), ("csrf", &token)]).await.expect(400);
    let (name, password) = ("n".repeat(limits::SIGN_IN_NAME_MAX + 1), "p".repeat(limits::PASSWORD_MAX + 1));
    for (name, password) in [(name.as_str(), "x"), ("ada", password.as_str()), ("a\u{0}b", "c\u{0}d"), ("", "")] {
        let fields = [("csrf", token.as_str()), ("return_to", "/account"), ("username", name), ("password", password)];
        let refused = browser.post("/sign-in", &fields).await;
        assert!(matches!(refused.status, 400 | 401), "{name:?} {}", refused.status);
    }
    let script = "\"><script>alert(1)</script>";
    let shown =
        browser.post("/sign-in", &[("csrf", &token), ("return_to", "/account"), ("username", script), ("password", "x")]).await.expect(401);
    assert!(!shown.text.contains("<script") && shown.text.contains("&#60;script&#62;"), "{}", shown.text);
}
