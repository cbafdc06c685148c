//! The pages about people: who sees them, who may do what to whom.

use crate::{
    oauth::{
        browser::Browser,
        people::{PASSWORD, sign_in, who},
    },
    world::World,
};
use serde_json::json;

async fn signed_in_as(world: &World, name: &str, role: &str) -> (Browser, String) {
    let body = json!({"name": name, "email": format!("{name}@example.com"), "role": role, "password": PASSWORD});
    let id = world.post(&world.owner, "/v1/users", body).await.expect(201).str("/id").to_owned();
    let browser = Browser::new(world);
    sign_in(&browser, name).await;
    (browser, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_look_after_people() {
    let world = World::start().await;
    let (browser, _) = signed_in_as(&world, "op", "operator").await;
    let (hers, ada) = signed_in_as(&world, "ada", "developer").await;
    let list = browser.open("/dashboard/people").await.expect(200);
    assert!(list.text.contains("ada@example.com") && list.text.contains("Invite somebody"));
    for (query, found) in [("q=ADA", true), ("q=a%25", false), ("role=developer", true), ("role=auditor", false), ("state=disabled", false)]
    {
        let page = browser.open(&format!("/dashboard/people?{query}")).await.expect(200);
        assert_eq!(page.text.contains(&ada), found, "{query}");
    }
    let page = browser.open(&format!("/dashboard/people/{ada}")).await.expect(200);
    assert!(page.text.contains("Firefox on Linux") && page.text.contains("Disable the account"));
    let path = |verb: &str| format!("/dashboard/people/{ada}/{verb}");
    let edit = browser.open(&path("edit")).await.expect(200);
    browser.submit(&edit, &path("edit"), &[("name", ""), ("role", "approver")]).await.expect(400);
    browser.submit(&edit, &path("edit"), &[("name", "ada"), ("email", "x"), ("role", "approver")]).await.expect(400);
    browser.submit(&edit, &path("edit"), &[("name", "ada"), ("email", ""), ("role", "owner")]).await.expect(400);
    browser.submit(&edit, &path("edit"), &[("name", "ada l"), ("email", ""), ("role", "approver")]).await.expect(303);
    let asked = browser.open(&path("link")).await.expect(200);
    let link = browser.submit(&asked, &path("link"), &[]).await.expect(200);
    assert!(link.text.contains("/account/reset?link=") && link.text.contains("data-once"), "{}", link.text);
    for (verb, alive) in [("sign-out", false), ("disable", false)] {
        let asked = browser.open(&path(verb)).await.expect(200);
        browser.submit(&asked, &path(verb), &[("csrf", "x")]).await.expect(403);
        browser.submit(&asked, &path(verb), &[]).await.expect(303);
        assert_eq!(who(&world, &hers).await.is_some(), alive, "{verb}");
    }
    for verb in ["enable", "reset-factors", "remove"] {
        let asked = browser.open(&path(verb)).await.expect(200);
        browser.submit(&asked, &path(verb), &[]).await.expect(303);
    }
    browser.open(&format!("/dashboard/people/{ada}")).await.expect(404);
    browser.open("/dashboard/people/nobody").await.expect(404);
    browser.open(&path("explode")).await.expect(404);

    let page = browser.open("/dashboard/people/invite").await.expect(200);
    browser.submit(&page, "/dashboard/people/invite", &[("email", "x"), ("role", "developer")]).await.expect(400);
    let invited =
        browser.submit(&page, "/dashboard/people/invite", &[("email", "zoe@example.com"), ("role", "developer")]).await.expect(200);
    assert!(invited.text.contains("/account/invitation?link="));
    let list = browser.open("/dashboard/people").await.expect(200);
    let action =
        list.text.split("action=\"/dashboard/people/invitations/").nth(1).expect("an invitation").split('"').next().expect("its end");
    let action = format!("/dashboard/people/invitations/{action}");
    browser.submit(&list, &action, &[]).await.expect(303);
    assert!(!browser.open("/dashboard/people").await.expect(200).text.contains("zoe@example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_hold_and_walls_too() {
    let world = World::start().await;
    let (operator, op) = signed_in_as(&world, "op", "operator").await;
    let (auditor, _) = signed_in_as(&world, "audit", "auditor").await;
    let (developer, _) = signed_in_as(&world, "dev", "developer").await;
    let (_, boss) = signed_in_as(&world, "boss", "owner").await;
    developer.open("/dashboard/people").await.expect(403);
    let list = auditor.open("/dashboard/people").await.expect(200);
    assert!(!list.text.contains("Invite somebody") && list.text.contains(&boss));
    let token = auditor.open("/account/security").await.expect(200).field("/account/password", "csrf");
    for path in ["/dashboard/people/invite".to_owned(), format!("/dashboard/people/{op}/edit"), format!("/dashboard/people/{op}/disable")] {
        auditor.open(&path).await.expect(403);
        auditor.post(&path, &[("csrf", &token), ("name", "x"), ("role", "owner")]).await.expect(403);
    }
    // An operator does nothing to an owner.
    let token = operator.open("/account/security").await.expect(200).field("/account/password", "csrf");
    for verb in ["disable", "link", "reset-factors", "sign-out", "remove"] {
        operator.post(&format!("/dashboard/people/{boss}/{verb}"), &[("csrf", &token)]).await.expect(403);
    }
    let edit = [("csrf", token.as_str()), ("name", "boss"), ("role", "developer")];
    operator.post(&format!("/dashboard/people/{boss}/edit"), &edit).await.expect(400);
    // Another organisation's people are nobody here.
    let other = world.post(&world.owner, "/v1/organisations", json!({"name": "other"})).await.expect(201);
    let foreign = crate::world::Bearer(other.str("/owner_token/token").to_owned());
    let theirs = world.post(&foreign, "/v1/users", json!({"name": "far"})).await.expect(201).str("/id").to_owned();
    operator.open(&format!("/dashboard/people/{theirs}")).await.expect(404);
    for verb in ["edit", "disable", "link", "remove"] {
        operator.open(&format!("/dashboard/people/{theirs}/{verb}")).await.expect(404);
        operator.post(&format!("/dashboard/people/{theirs}/{verb}"), &[("csrf", &token), ("name", "x")]).await.expect(404);
    }
}
