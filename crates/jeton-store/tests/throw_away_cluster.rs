//! The throw-away PostgreSQL server that other tests stand on: it answers, pauses, dies, comes back, and leaves nothing behind.

use jeton_store::testing::Cluster;
use sqlx::{Connection, Executor, postgres::PgConnection};
use std::time::Duration;

#[tokio::test]
async fn databases_are_fresh_and_apart() {
    let (one, two) = (Cluster::shared().fresh_database(), Cluster::shared().fresh_database());
    assert_ne!(one, two);
    let mut one = PgConnection::connect(&one).await.expect("connects");
    one.execute("CREATE TABLE here (a INT)").await.expect("creates");
    let mut two = PgConnection::connect(&two).await.expect("connects");
    assert!(two.execute("SELECT * FROM here").await.is_err());
}

#[tokio::test]
async fn pauses_dies_and_comes_back_with_its_data() {
    let cluster = Cluster::start();
    let url = cluster.fresh_database();
    let mut connection = PgConnection::connect(&url).await.expect("connects");
    connection.execute("CREATE TABLE here (a INT)").await.expect("creates");

    cluster.pause();
    let silent = tokio::time::timeout(Duration::from_millis(300), connection.execute("SELECT 1")).await;
    assert!(silent.is_err(), "a paused server answered");
    cluster.resume();

    cluster.kill();
    assert!(PgConnection::connect(&url).await.is_err());
    cluster.restart();
    let mut connection = PgConnection::connect(&url).await.expect("connects again");
    connection.execute("SELECT * FROM here").await.expect("the data is there");
}
