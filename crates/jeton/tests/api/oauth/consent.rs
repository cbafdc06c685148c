//! The consent page: says what is asked, takes only its own form, of its own session, for a short while.

use super::{
    browser::{Browser, Page},
    people::{REDIRECT, app, as_page, scopes, signed_in, userinfo},
};
use crate::world::{ORDERS, World};
use jeton::{
    pages::{
        consent::{ConsentQuestion, ScopeGroup, page},
        return_to::ReturnTo,
    },
    session::SignedIn,
};
use jeton_core::name::Audience;
use jeton_store::{
    client::{Client, ClientSource},
    consent::Consent,
};
use serde_json::json;

async fn asked(world: &World, own: &SignedIn, client: &Client, before: Option<&Consent>) -> Page {
    let apis = world.authority().store.catalogue().await.expect("read");
    let orders = apis.iter().find(|api| api.audience.as_str() == ORDERS).expect("declared");
    let question = ConsentQuestion {
        request: json!({"sealed-away": true}),
        redirect_uri: REDIRECT.to_owned(),
        groups: vec![
            ScopeGroup::of_api(orders, &scopes("orders:read orders:write"), before),
            ScopeGroup::of_openid(userinfo(), &scopes("openid offline_access"), before),
        ],
        again: ReturnTo::parse("/oauth/authorize?client_id=x").expect("ours"),
    };
    as_page(page(world.authority(), own, client, &question).await).await
}

async fn consent(world: &World, own: &SignedIn, client: &Client) -> Option<Consent> {
    world.authority().store.find_consent(own.user, client.id).await.expect("found")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_who_asks_for_what() {
    let world = World::start().await;
    world.declare_orders().await;
    let (_, own) = signed_in(&world, "ada").await;
    let client = app(&world, own.organisation, ClientSource::Dynamic).await;
    let page = asked(&world, &own, &client, None).await.expect(200);
    for part in [
        "Sample &#60;b&#62;App",
        "app.example.com",
        "Not verified",
        "Nobody here has checked this app",
        "Read orders",
        "Use what “orders:write” allows",
        "while you are away",
        ">ada<",
        "Not you?",
        "name=\"decision\" value=\"allow\"",
        "name=\"decision\" value=\"deny\"",
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    assert!(!page.text.contains(">New<"), "all is new: nothing needs to be marked");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self' https:;") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!((page.header("x-frame-options"), page.header("cache-control")), ("DENY", "no-store"));
    assert!(!page.text.contains("sealed-away"), "the request is sealed: {}", page.text);
    let known = app(&world, own.organisation, ClientSource::Operator).await;
    assert!(asked(&world, &own, &known, None).await.text.contains("Registered here"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_own_form_of_the_own_session_counts() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let (other_browser, other) = signed_in(&world, "bob").await;
    let client = app(&world, own.organisation, ClientSource::Dynamic).await;
    let page = asked(&world, &own, &client, None).await.expect(200);
    let theirs = asked(&world, &other, &client, None).await.expect(200);
    let (csrf, request) = (page.field("/oauth/consent", "csrf"), page.field("/oauth/consent", "request"));
    let (their_csrf, their_request) = (theirs.field("/oauth/consent", "csrf"), theirs.field("/oauth/consent", "request"));
    let first = if request.starts_with('A') { "B" } else { "A" };
    let changed = format!("{first}{}", request.get(1..).expect("long"));
    for fields in [
        [("csrf", ""), ("request", request.as_str()), ("decision", "allow")],
        [("csrf", &their_csrf), ("request", &request), ("decision", "allow")],
        [("csrf", &csrf), ("request", &their_request), ("decision", "allow")],
        [("csrf", &csrf), ("request", &changed), ("decision", "allow")],
        [("csrf", &csrf), ("request", ""), ("decision", "allow")],
    ] {
        let refused = browser.post("/oauth/consent", &fields).await.expect(403);
        assert!(refused.text.contains("reload the page"), "{}", refused.text);
    }
    let good = [("csrf", csrf.as_str()), ("request", request.as_str()), ("decision", "allow")];
    browser.post_from("/oauth/consent", &good, &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")]).await.expect(403);
    other_browser.post("/oauth/consent", &good).await.expect(403);
    Browser::new(&world).post("/oauth/consent", &good).await.expect(403);
    browser.post("/oauth/consent", &[good[0], good[1], ("decision", "perhaps")]).await.expect(400);
    browser.post("/oauth/consent", &[good[0], good[1], ("decision", "deny")]).await;
    assert_eq!(consent(&world, &own, &client).await, None, "nothing of that was a consent");

    browser.post("/oauth/consent", &good).await;
    let given = consent(&world, &own, &client).await.expect("given");
    assert!(given.covers(&Audience::parse(ORDERS).expect("an audience"), &scopes("orders:read orders:write")));
    assert!(given.covers(&userinfo(), &scopes("openid offline_access")) && consent(&world, &other, &client).await.is_none());
    let again = asked(&world, &own, &client, Some(&given)).await;
    assert!(!again.text.contains(">New<"), "{}", again.text);
    let partly = Consent { scopes: [(userinfo(), scopes("openid"))].into(), ..given };
    assert_eq!(asked(&world, &own, &client, Some(&partly)).await.text.matches(">New<").count(), 3);
}
