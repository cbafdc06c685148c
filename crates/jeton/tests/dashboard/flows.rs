//! What people do, on both engines. One scenario each; others add theirs.

use super::house::House;

/// On SQLite and then on PostgreSQL.
async fn on_both(scenario: &str) {
    House::on_sqlite().await.passes(scenario).await;
    House::on_postgres().await.passes(scenario).await;
}

#[tokio::test]
async fn somebody_finds_the_way_about() {
    on_both("way_about.mjs").await;
}

#[tokio::test]
async fn a_developer_has_tokens() {
    on_both("own_tokens.mjs").await;
}

#[tokio::test]
async fn an_operator_declares_an_api() {
    on_both("apis.mjs").await;
}

#[tokio::test]
async fn a_developer_has_apps() {
    on_both("own_apps.mjs").await;
}
