//! Every page, as every size and scheme shows it.

use super::house::House;
use serde_json::json;

#[tokio::test]
async fn every_page_is_sound_in_every_size_and_scheme() {
    House::on_sqlite().await.telling("as", json!("owner")).passes("sweep.mjs").await;
}

#[tokio::test]
async fn a_developer_finds_every_page_sound() {
    House::on_postgres().await.telling("as", json!("developer")).telling("widths", json!([360])).passes("sweep.mjs").await;
}
