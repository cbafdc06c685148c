//! Invitations: one account each, with the invitation's role, by a password or a passkey.

use super::{
    authenticator::Authenticator,
    passkeys::{form_of, options, world as named_world},
};
use crate::{
    oauth::{
        browser::Browser,
        people::{PASSWORD, add, who},
    },
    world::{ISSUER, World},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_makes_an_account_once() {
    let world = World::start().await;
    add(&world, "taken").await;
    let invited = world.post(&world.owner, "/v1/invitations", json!({"email": "zoe@example.com", "role": "operator"})).await.expect(201);
    let url = invited.str("/url").strip_prefix(ISSUER).expect("of the issuer").to_owned();
    let listed = world.get(&world.owner, "/v1/invitations").await.expect(200);
    assert_eq!(listed.str("/items/0/id"), invited.str("/id"));
    assert!(!listed.text.contains("link="), "{}", listed.text);
    let browser = Browser::new(&world);
    browser.open(&url).await.expect(303);
    let page = browser.open("/account/invitation").await.expect(200);
    let fill = |name: &'static str, password: &'static str| {
        let (browser, page) = (&browser, &page);
        async move { browser.submit(page, "/account/invitation", &[("name", name), ("password", password), ("again", password)]).await }
    };
    for (name, password) in [("", PASSWORD), ("taken", PASSWORD), ("zoe", "short"), ("zoe", "zoe@example.com"), ("a\u{7}b", PASSWORD)] {
        let again = fill(name, password).await.expect(400);
        assert!(again.text.contains("role=\"alert\"") && again.text.contains("zoe@example.com"), "{name}");
    }
    browser.submit(&page, "/account/invitation", &[("csrf", "x"), ("name", "zoe")]).await.expect(403);
    let done = fill("zoe", PASSWORD).await.expect(303);
    assert_eq!(done.header("location"), "/dashboard");
    assert!(who(&world, &browser).await.is_some());
    let account = browser.open("/account").await.expect(200);
    assert!(account.text.contains("Operator") && account.text.contains("Not confirmed"), "handed over, not mailed: {}", account.text);
    let late = Browser::new(&world);
    late.open(&url).await.expect(303);
    late.open("/account/invitation").await.expect(410);
    assert!(world.get(&world.owner, "/v1/invitations").await.expect(200).body["items"].as_array().expect("a list").is_empty());
    let withdrawn = world.post(&world.owner, "/v1/invitations", json!({})).await.expect(201);
    world.send(world.request(&world.owner, "DELETE", &format!("/v1/invitations/{}", withdrawn.str("/id")))).await.expect(204);
    late.open(withdrawn.str("/url").strip_prefix(ISSUER).expect("of the issuer")).await.expect(303);
    late.open("/account/invitation").await.expect(410);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_can_begin_with_a_passkey_alone() {
    let world = named_world().await;
    let invited = world.post(&world.owner, "/v1/invitations", json!({})).await.expect(201);
    let url = invited.str("/url").strip_prefix("http://localhost:8700").expect("of the issuer").to_owned();
    let browser = Browser::new(&world);
    browser.open(&url).await.expect(303);
    let page = browser.open("/account/invitation").await.expect(200);
    let mut own = Authenticator::new("http://localhost:8700");
    let credential = own.create(&options(&page, "create"));
    let form = form_of(&page, "/account/invitation");
    browser.submit(&form, "/account/invitation", &[("name", "zoe"), ("credential", &credential)]).await.expect(303);
    let zoe = who(&world, &browser).await.expect("signed in");
    assert_eq!(zoe.methods.join(" "), "pop user mfa");
    let there = Browser::new(&world);
    let page = there.open("/sign-in").await.expect(200);
    let credential = own.sign(&options(&page, "get"));
    there.submit(&page, "/sign-in/passkey", &[("credential", &credential)]).await.expect(303);
    assert_eq!(who(&world, &there).await.expect("signed in").user, zoe.user);
    // Its only way in cannot be removed; a password can be added without one before.
    let page = there.open("/account/security").await.expect(200);
    assert!(page.text.contains("only way to sign in") && !page.text.contains("id=\"old\""), "{}", page.text);
    let id = page.text.split("name=\"passkey\" value=\"").nth(1).expect("an id").split('"').next().expect("its end").to_owned();
    let token = page.field("/account/password", "csrf");
    there.post("/account/passkeys", &[("csrf", &token), ("passkey", &id), ("action", "remove")]).await.expect(400);
    there.submit(&page, "/account/password", &[("password", PASSWORD), ("again", PASSWORD)]).await.expect(303);
    there.post("/account/passkeys", &[("csrf", &token), ("passkey", &id), ("action", "remove")]).await.expect(303);
}
