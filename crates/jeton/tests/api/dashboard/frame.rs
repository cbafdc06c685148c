//! What holds for every page: nobody without a session, nothing but our own in it, no frame around it.

use crate::{
    oauth::{
        browser::{Browser, Page},
        people::{self, PASSWORD},
    },
    world::{Anonymous, On, World},
};
use jeton::pages::routes;
use jeton_gate::route_table::RouteSpec;
use serde_json::json;

/// Pages that are for everybody, signed in or not.
const OPEN: [&str; 4] = ["/sign-in", "/sign-out", "/device", "/account/reset"];

/// Somebody of a role who is signed in.
pub(crate) async fn somebody(world: &World, name: &str, role: &str) -> Browser {
    let body = json!({"name": name, "role": role, "password": PASSWORD});
    world.post(&world.owner, "/v1/users", body).await.expect(201);
    let browser = Browser::new(world);
    people::sign_in(&browser, name).await;
    browser
}

fn is_guarded(page: &Page, of: &str) {
    let policy = page.header("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "style-src 'self'"] {
        assert!(policy.contains(part), "{of}: {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("data:"), "{of}: {policy}");
    assert_eq!(page.header("x-frame-options"), "DENY", "{of}");
    assert_eq!(page.header("cache-control"), "no-store", "{of}");
    assert_eq!(page.header("x-content-type-options"), "nosniff", "{of}");
    let text = &page.text;
    assert!(!text.contains("<style") && !text.contains(" style=") && !text.contains("javascript:"), "{of}: {text}");
    assert!(!text.contains(" onclick=") && !text.contains(" onload="), "{of}: {text}");
    for script in text.split("<script").skip(1) {
        assert!(script.starts_with(" src=\"/assets/") && script.contains("></script>"), "{of}: {script}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_guarded() {
    let world = World::start().await;
    let nobody = Browser::new(&world);
    let owner = somebody(&world, "olga", "owner").await;
    let mut seen = 0;
    for path in routes::pages() {
        seen += 1;
        if !OPEN.contains(&path) {
            let sent = nobody.open(&path.replace(['{', '}'], "")).await.expect(303);
            assert!(sent.header("location").starts_with("/sign-in?return_to="), "{path}: {}", sent.header("location"));
        }
        if path.contains('{') {
            // Nothing is there by that name; what says so is a page as well.
            let page = owner.open(&path.replace(['{', '}'], "")).await;
            // Tokens may speak for whomever: that none does is what the page of such a subject says.
            let is_said = match path {
                "/dashboard/subjects/{subject}" => page.status == 200 && page.text.contains("None was ever issued for this subject"),
                _ => matches!(page.status, 400 | 404),
            };
            assert!(is_said, "{path}: {} {}", page.status, page.text);
            is_guarded(&page, path);
            continue;
        }
        let page = owner.open(path).await;
        assert_ne!(page.status, 405, "{path} is no page");
        if page.status == 200 {
            is_guarded(&page, path);
        }
    }
    assert!(seen >= 6, "{seen}");
    is_guarded(&owner.open("/dashboard/nothing/here").await.expect(404), "nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_back_is_kept() {
    let world = World::start().await;
    people::add(&world, "ada").await;
    let browser = Browser::new(&world);
    let sent = browser.open("/dashboard?x=1").await.expect(303);
    assert_eq!(sent.header("location"), "/sign-in?return_to=%2Fdashboard%3Fx%3D1");
    let page = browser.open(sent.header("location")).await.expect(200);
    let back = browser.submit(&page, "/sign-in", &[("username", "ada"), ("password", PASSWORD)]).await.expect(303);
    assert_eq!(back.header("location"), "/dashboard?x=1");
    let home = browser.open("/dashboard").await.expect(200);
    assert!(home.text.contains("aria-current=\"page\">Home"), "{}", home.text);
    // Only our own words are said.
    let forged = browser.open("/dashboard?done=Call+0900+now").await.expect(200);
    assert!(!forged.text.contains("0900"), "{}", forged.text);
    assert!(browser.open("/dashboard?done=saved").await.expect(200).text.contains("role=\"status\">Saved.</p>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shut_account_sees_nothing() {
    let world = World::start().await;
    let browser = somebody(&world, "dan", "developer").await;
    browser.open("/dashboard").await.expect(200);
    let users = world.get(&world.owner, "/v1/users").await.expect(200);
    let dan = users.body["items"].as_array().expect("items").iter().find(|user| user["name"] == "dan").expect("there");
    let path = format!("/v1/users/{}/disable", dan["id"].as_str().expect("an id"));
    world.post(&world.owner, &path, json!({})).await.expect(200);
    assert!(browser.open("/dashboard").await.expect(303).header("location").starts_with("/sign-in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_leads_to_the_dashboard_unless_a_route_claims_it() {
    let world = World::start().await;
    assert_eq!(Browser::new(&world).open("/").await.expect(303).header("location"), "/dashboard");
    let routed = |path: &'static str| async move {
        let spec: RouteSpec =
            serde_json::from_value(json!({"path": path, "audience": "https://orders.example.com", "upstream": "http://127.0.0.1:9"}))
                .expect("a route");
        World::on(On::Sqlite, |config| config.gate.route.push(spec)).await
    };
    let elsewhere = routed("/v1/orders/**").await;
    assert_eq!(Browser::new(&elsewhere).open("/").await.expect(303).header("location"), "/dashboard");
    Browser::new(&elsewhere).open("/dashboard").await.expect(303);
    let claimed = routed("/**").await;
    claimed.get(&Anonymous, "/").await.expect(401);
    Browser::new(&claimed).open("/dashboard").await.expect(303);
}
