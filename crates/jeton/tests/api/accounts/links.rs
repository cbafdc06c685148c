//! Links that an administrator hands over: for one account, once, by who may.

use crate::{
    oauth::{
        browser::Browser,
        people::{PASSWORD, add, signed_in, who},
    },
    world::{Bearer, ISSUER, World, logged},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_handed_over_and_used_once() {
    let world = World::start().await;
    let user = world.post(&world.owner, "/v1/users", json!({"name": "ada"})).await.expect(201);
    let path = format!("/v1/users/{}/link", user.str("/id"));
    let link = world.post(&world.owner, &path, json!({})).await.expect(201);
    let url = link.str("/url").strip_prefix(ISSUER).expect("of the issuer").to_owned();
    let browser = Browser::new(&world);
    assert!(browser.open("/account/reset").await.expect(200).text.contains("sends no mail"));
    browser.open(&url).await.expect(303);
    let page = browser.open("/account/reset").await.expect(200);
    browser.submit(&page, "/account/reset", &[("password", PASSWORD), ("again", PASSWORD)]).await.expect(303);
    browser.submit(&page, "/account/reset", &[("password", PASSWORD), ("again", PASSWORD)]).await.expect(410);
    let page = browser.open("/sign-in").await.expect(200);
    browser.submit(&page, "/sign-in", &[("username", "ada"), ("password", PASSWORD)]).await.expect(303);
    let account = browser.open("/account").await.expect(200);
    assert!(!account.text.contains("Confirmed"), "nothing was shown about an address");
    // What is no link, or one for something else.
    for bad in ["/account/reset?link=x", &format!("/account/reset?link={}", "A".repeat(43))] {
        let browser = Browser::new(&world);
        assert_eq!(browser.open(bad).await.expect(303).header("location"), "/account/reset");
        assert!(matches!(browser.open("/account/reset").await.status, 200 | 410), "{bad}");
    }
    let link = world.post(&world.owner, &path, json!({})).await.expect(201);
    let secret = link.str("/url").split("link=").nth(1).expect("a secret").to_owned();
    let other = Browser::new(&world);
    other.open(&format!("/account/invitation?link={secret}")).await.expect(303);
    other.open("/account/invitation").await.expect(410);
    assert!(!logged().contains(&secret));
    let audit = world.get(&world.owner, "/v1/audit?limit=50").await.expect(200).text;
    assert!(audit.contains("link.issue") && !audit.contains(&secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_change_an_owner_gets_no_link_to_one() {
    let world = World::start().await;
    let operator = world.post(&world.owner, "/v1/users", json!({"name": "op", "role": "operator"})).await.expect(201);
    let second = world.post(&world.owner, "/v1/users", json!({"name": "second", "role": "owner"})).await.expect(201);
    let body = json!({"kind": "pat", "name": "m", "audience": [ISSUER], "scopes": ["users:write"], "subject": operator.str("/id")});
    let manager = Bearer(world.issue(body).await.str("/token").to_owned());
    for verb in ["link", "reset-factors", "sign-out"] {
        let path = format!("/v1/users/{}/{verb}", second.str("/id"));
        world.post(&manager, &path, json!({})).await.refused(403, "wider_than_caller");
        world.post(&world.owner, &path, json!({})).await;
    }
    world.post(&manager, "/v1/invitations", json!({"role": "owner"})).await.refused(403, "wider_than_caller");
    let own = world.post(&world.owner, "/v1/invitations", json!({"role": "owner"})).await.expect(201);
    let path = format!("/v1/invitations/{}", own.str("/id"));
    world.send(world.request(&manager, "DELETE", &path)).await.refused(403, "wider_than_caller");
    world.send(world.request(&world.owner, "DELETE", &path)).await.expect(204);
    world.post(&world.owner, "/v1/invitations", json!({"email": "a@example.com", "send": true})).await.refused(400, "bad_field");
}

#[tokio::test(flavor = "multi_thread")]
async fn factors_are_taken_away_and_sessions_end() {
    let world = World::start().await;
    let (browser, ada) = signed_in(&world, "ada").await;
    let reset = format!("/v1/users/{}/reset-factors", ada.user);
    world.post(&world.owner, &reset, json!({})).await.expect(200);
    assert!(who(&world, &browser).await.is_none());
    let (browser, bob) = signed_in(&world, "bob").await;
    world.post(&world.owner, &format!("/v1/users/{}/sign-out", bob.user), json!({})).await.expect(200);
    assert!(who(&world, &browser).await.is_none());
    let shut = add(&world, "shut").await;
    world.post(&world.owner, &format!("/v1/users/{}/disable", shut.str("/id")), json!({})).await.expect(200);
    world.post(&world.owner, &format!("/v1/users/{}/link", shut.str("/id")), json!({})).await.refused(409, "conflict");
}
