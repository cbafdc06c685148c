//! What every page loads besides itself: little, from here, once.

use crate::world::{Anonymous, World};

/// What all of it may come to, compressed.
const BUDGET: usize = 150 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn all_that_pages_load_is_small_and_kept() {
    let world = World::start().await;
    let page = world.get(&Anonymous, "/sign-in").await.expect(200);
    let home = super::frame::somebody(&world, "olga", "owner").await.open("/dashboard").await.expect(200);
    let mut paths: Vec<String> = Vec::new();
    for text in [&page.text, &home.text] {
        for part in text.split("\"/assets/").skip(1) {
            paths.push(format!("/assets/{}", part.split('"').next().expect("an end")));
        }
    }
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), 3, "a style sheet, a script and an icon: {paths:?}");
    let mut sum = 0;
    for path in &paths {
        let asked = world.request(&Anonymous, "GET", path).header("accept-encoding", "gzip");
        let answer = asked.send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        assert_eq!(header("cache-control"), "public, max-age=31536000, immutable", "{path}");
        assert!(header("vary").to_ascii_lowercase().contains("accept-encoding"), "{path}");
        sum += answer.bytes().await.expect("a body").len();
    }
    assert!((1000..BUDGET).contains(&sum), "{sum} bytes");
    // Pages hold tokens of forms, and are never compressed.
    let asked = world.request(&Anonymous, "GET", "/sign-in").header("accept-encoding", "gzip");
    assert!(asked.send().await.expect("an answer").headers().get("content-encoding").is_none());
    world.get(&Anonymous, "/assets/0000000000000000.css").await.expect(404);
}
