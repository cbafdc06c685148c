//! What must hold over years: backups, restores, sweeping, the audit chain, other master keys, meddling and failing engines.
//! Every law runs on both engines.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod audit;
mod faults;
mod fixture;
mod keys;
mod restore;
mod rolled_back;
mod sweep;
mod tamper;

/// Runs each law on both engines.
macro_rules! both {
    ($($law:ident),* $(,)?) => {
        mod sqlite { $(#[tokio::test] async fn $law() { super::$law(jeton_store::Engine::Sqlite).await; })* }
        mod postgres { $(#[tokio::test] async fn $law() { super::$law(jeton_store::Engine::Postgres).await; })* }
    };
}
pub(crate) use both;
