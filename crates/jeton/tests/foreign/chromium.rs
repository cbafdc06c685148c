//! A real browser: Debian's Chromium without a screen, at the pages of sign-in, consent and devices.

use super::authority::Authority;
use serde_json::json;
use std::path::Path;

/// Runs a scenario; its pictures are kept in `target/foreign/screenshots`.
async fn passes(mut authority: Authority, scenario: &str) {
    let program = Path::new("/usr/bin/chromium");
    assert!(program.exists(), "`{}` is missing: install the Debian package `chromium`", program.display());
    let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/foreign/screenshots");
    authority.setting["screenshots"] = json!(pictures);
    authority.passes(scenario).await;
}

#[tokio::test]
async fn signs_in_and_consents() {
    passes(Authority::start().await, "chromium/pages.mjs").await;
}

#[tokio::test]
async fn signs_in_over_tls() {
    passes(Authority::start_over_tls().await, "chromium/pages.mjs").await;
}

#[tokio::test]
async fn connects_a_device() {
    passes(Authority::start().await, "chromium/device.mjs").await;
}
