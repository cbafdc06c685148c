//! `/device`: asks for the code, and never takes one out of an address as said.

use super::{browser::Browser, people::signed_in};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_code_in_an_address_is_only_filled_in() {
    let world = World::start().await;
    let far = Browser::new(&world).open("/device?user_code=WDJB-MJHT").await.expect(303);
    assert_eq!(far.header("location"), "/sign-in?return_to=%2Fdevice%3Fuser_code%3DWDJB-MJHT");
    let (browser, _) = signed_in(&world, "ada").await;
    let page = browser.open("/device?user_code=WDJB-MJHT%22%3E%3Cscript%3E").await.expect(200);
    assert!(page.text.contains("Only if you started this on a device of yours") && !page.text.contains("<script"), "{}", page.text);
    assert_eq!(page.field("/device", "user_code"), "WDJB-MJHT\"><script>");
    let refused = browser.submit(&page, "/device", &[("user_code", "NOPE-NOPE")]).await.expect(400);
    assert!(refused.text.contains("role=\"alert\"") && refused.text.contains("no device that waits"), "{}", refused.text);
    browser.post("/device", &[("user_code", "NOPE-NOPE"), ("decision", "allow")]).await.expect(403);
    browser.submit(&page, "/device", &[("decision", "maybe")]).await.expect(400);
}
