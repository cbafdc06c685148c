//! The first owner: by the link that `jeton init` prints, once.

use crate::{
    oauth::{
        browser::Browser,
        people::{PASSWORD, who},
    },
    world::{ISSUER, World, logged},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_owner_sets_the_account_up_and_declares_an_api() {
    let world = World::start().await;
    let url = world.setup_url.strip_prefix(ISSUER).expect("of the issuer").to_owned();
    let secret = url.split("link=").nth(1).expect("a secret").to_owned();
    Browser::new(&world).open("/setup").await.expect(410);
    let browser = Browser::new(&world);
    assert_eq!(browser.open(&url).await.expect(303).header("location"), "/setup");
    let page = browser.open("/setup").await.expect(200);
    let refused = browser.submit(&page, "/setup", &[("name", "grace"), ("password", "short"), ("again", "short")]).await.expect(400);
    assert!(refused.text.contains("value=\"grace\"") && !refused.text.contains(&secret), "{}", refused.text);
    browser.submit(&page, "/setup", &[("csrf", "x"), ("name", "grace"), ("password", PASSWORD), ("again", PASSWORD)]).await.expect(403);
    let fields = [("name", "grace"), ("email", "grace@example.com"), ("password", PASSWORD), ("again", PASSWORD)];
    let done = browser.submit(&page, "/setup", &fields).await.expect(303);
    assert_eq!(done.header("location"), "/setup/api");
    assert!(who(&world, &browser).await.is_some());

    let page = browser.open("/setup/api").await.expect(200);
    assert!(page.text.contains(ISSUER) && page.text.contains("Your browser is at"), "the test's port is not the issuer's: {}", page.text);
    let scopes = "orders:read = Read orders\norders:write = Place orders";
    for (audience, scopes) in [("nothing", scopes), ("https://api.example.com", "not a scope"), ("", "")] {
        let fields = [("audience", audience), ("name", "Orders"), ("scopes", scopes)];
        browser.submit(&page, "/setup/api", &fields).await.expect(400);
    }
    let fields = [("audience", "https://api.example.com"), ("name", "Orders"), ("scopes", scopes)];
    browser.submit(&page, "/setup/api", &fields).await.expect(303);
    let page = browser.open("/setup/done").await.expect(200);
    assert!(page.text.contains("jeton token issue --name first --audience https://api.example.com --scope orders:read"), "{}", page.text);
    let again = browser.open("/setup/api").await.expect(200);
    assert!(again.text.contains("There is one already") && again.text.contains("href=\"/setup/done\">Go on"), "{}", again.text);
    let apis = world.get(&world.owner, "/v1/apis").await.expect(200).text;
    assert!(apis.contains("https://api.example.com") && apis.contains("Place orders"));

    // The link is dead, and so is the way.
    let late = Browser::new(&world);
    late.open(&url).await.expect(303);
    assert_eq!(late.open("/setup").await.expect(303).header("location"), "/dashboard");
    let page = late.open("/sign-in").await.expect(200);
    late.submit(&page, "/sign-in", &[("username", "grace@example.com"), ("password", PASSWORD)]).await.expect(303);
    assert!(!logged().contains(&secret) && !logged().contains(PASSWORD));
}
