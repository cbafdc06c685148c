//! A database that was put back is refused, also when it was put back whole and every mark in it is right.

use crate::{
    both,
    fixture::{NOW, World},
};
use jeton_core::facts::TokenState;
use jeton_store::{
    Engine, StoreError,
    restore::{RestoreOptions, restore_at},
};
use std::fs;

/// The database's file and what lies beside it.
fn files(world: &World) -> Vec<std::path::PathBuf> {
    ["jeton.db", "jeton.db-wal", "jeton.db-shm"].into_iter().map(|name| world.place.folder().join(name)).collect()
}

#[tokio::test]
async fn an_old_file_put_back_is_refused() {
    let mut world = World::new(Engine::Sqlite).await;
    world.issue(1).await;
    world.store.close().await;
    let old: Vec<Option<Vec<u8>>> = files(&world).iter().map(|path| fs::read(path).ok()).collect();
    world.store = world.place.open().await;
    world.bring(1, TokenState::Revoked).await;
    world.store.close().await;
    for (path, contents) in files(&world).iter().zip(old) {
        match contents {
            Some(contents) => fs::write(path, contents).expect("writes"),
            None => drop(fs::remove_file(path)),
        }
    }
    let refused = world.place.try_open().await;
    assert!(matches!(&refused, Err(StoreError::RolledBack(words)) if words.contains("jeton restore")), "{refused:?}");
}

async fn an_emptied_database_is_refused(engine: Engine) {
    let world = World::new(engine).await;
    world.issue(1).await;
    world.store.close().await;
    let mut options = world.place.options();
    let other = jeton_store::testing::Place::new(engine);
    options.url.clone_from(&other.url);
    let refused = jeton_store::Store::open(options).await;
    assert!(matches!(refused, Err(StoreError::RolledBack(_))), "{refused:?}");
}

async fn another_installations_database_is_refused(engine: Engine) {
    let (one, two) = (World::new(engine).await, World::new(engine).await);
    one.store.close().await;
    two.store.close().await;
    let mut options = one.place.options();
    options.url.clone_from(&two.place.url);
    let refused = jeton_store::Store::open(options).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
}

/// A restore that was cut short after its rows were placed leaves a database that no start of the program accepts.
async fn the_generation_before_a_restore_is_refused(engine: Engine) {
    let world = World::new(engine).await;
    world.issue(1).await;
    let path = world.place.folder().join("backup.jsonl");
    world.store.backup_at(&path, NOW, |_| ()).await.expect("backs up");
    world.store.close().await;
    let other = jeton_store::testing::Place::new(engine);
    let mut options = world.place.options();
    options.url.clone_from(&other.url);
    restore_at(options, &path, RestoreOptions::default(), NOW, |_| ()).await.expect("restores elsewhere");
    let refused = world.place.try_open().await;
    assert!(matches!(refused, Err(StoreError::RolledBack(_))), "{refused:?}");
}

async fn what_the_journal_holds_is_done_again(engine: Engine) {
    let mut world = World::new(engine).await;
    world.issue(1).await;
    world.reopen().await;
    assert_eq!(world.said(1, 0, "orders:read", NOW).await, "ok");
    world.bring(1, TokenState::Suspended).await;
    world.reopen().await;
    assert_eq!(world.said(1, 0, "orders:read", NOW).await, "suspended");
    fs::write(world.place.outside().join("journal.jsonl"), "").expect("writes");
    world.store.close().await;
    let refused = world.place.try_open().await;
    assert!(matches!(refused, Err(StoreError::Damaged(_))), "{refused:?}");
}

both!(
    an_emptied_database_is_refused,
    another_installations_database_is_refused,
    the_generation_before_a_restore_is_refused,
    what_the_journal_holds_is_done_again,
);
