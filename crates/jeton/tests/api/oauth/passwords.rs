//! Passwords over the management interface: judged, set, never shown.

use super::{
    browser::Browser,
    people::{PASSWORD, add, sign_in, who},
};
use crate::world::{World, logged};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_set_and_never_shown() {
    let world = World::start().await;
    let added = add(&world, "ada").await;
    let path = format!("/v1/users/{}/password", added.str("/id"));
    assert!(!added.text.contains("password"), "{}", added.text);
    let browser = Browser::new(&world);
    sign_in(&browser, "ada").await;
    let next = "copper lantern drift seven";
    let set = world.send(world.request(&world.owner, "PUT", &path).json(&json!({"password": next}))).await.expect(200);
    assert!(!set.text.contains("lantern") && !set.header("jeton-revision").is_empty());
    assert_eq!(who(&world, &browser).await, None, "sessions of the old password are over");
    let page = browser.open("/sign-in").await.expect(200);
    browser.submit(&page, "/sign-in", &[("username", "ada"), ("password", PASSWORD)]).await.expect(401);
    browser.submit(&page, "/sign-in", &[("username", "ada"), ("password", next)]).await.expect(303);
    for bad in ["short", "password1234", "ada@example.com", "aaaaaaaaaaaaaaaaaaaaaaaaa"] {
        let refused = world.send(world.request(&world.owner, "PUT", &path).json(&json!({"password": bad}))).await;
        refused.refused(400, "bad_field");
        assert_eq!(refused.str("/field"), "password");
        assert!(!refused.text.contains(bad), "{}", refused.text);
        let refused = world.post(&world.owner, "/v1/users", json!({"name": "bob", "email": "ada@example.com", "password": bad})).await;
        assert_eq!((refused.status, refused.str("/field")), (400, "password"), "{}", refused.text);
    }
    let events = world.get(&world.owner, "/v1/audit?limit=50").await.expect(200).text;
    assert!(events.contains("password.set") && events.contains("session.start") && !events.contains("argon2"), "{events}");
    assert!(!logged().contains(next) && !logged().contains("argon2id"));
}
