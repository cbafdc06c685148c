//! Every page, as every size and scheme shows it.

use super::house::House;
use serde_json::json;

async fn an_owner_sweeps(scheme: &str) {
    House::on_sqlite().await.telling("as", json!("owner")).telling("schemes", json!([scheme])).passes("sweep.mjs").await;
}

#[tokio::test]
async fn every_page_is_sound_in_every_size_and_light() {
    an_owner_sweeps("light").await;
}

#[tokio::test]
async fn every_page_is_sound_in_every_size_and_dark() {
    an_owner_sweeps("dark").await;
}

#[tokio::test]
#[ignore = "writes docs/screenshots: `make screenshots`"]
async fn pictures_for_the_documents() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/screenshots");
    House::to_look_at().await.telling("screenshots", json!(folder)).passes("pictures.mjs").await;
}

#[tokio::test]
async fn a_developer_finds_every_page_sound() {
    House::on_postgres()
        .await
        .telling("as", json!("developer"))
        .telling("widths", json!([360]))
        .telling("schemes", json!(["light"]))
        .passes("sweep.mjs")
        .await;
}
