//! Another master key: everything is marked and sealed anew, can be stopped in between, and the old key is then not needed for
//! rows any more.

use crate::{
    both,
    fixture::{NOW, World, actor},
};
use jeton_core::{
    master_key::{KeyRing, MasterKey},
    seal,
    timestamp::Span,
};
use jeton_store::{
    Engine, OpenOptions, Store,
    key::{NewKey, StoredKey},
};

fn old() -> MasterKey {
    MasterKey::from_random([7; 32])
}
fn new() -> MasterKey {
    MasterKey::from_random([8; 32])
}

async fn rows_outlive_the_old_key(engine: Engine) {
    let world = World::new(engine).await;
    for number in 1..=20 {
        world.issue(number).await;
    }
    let sealed_private = seal::seal(world.store.ring(), b"signing_key:k1", b"private", [4; 12]).expect("seals");
    let key = StoredKey {
        kid: "k1".into(),
        algorithm: "ES256".into(),
        public_jwk: "{}".into(),
        sealed_private,
        published_at: NOW,
        signs_from: NOW,
        removed_at: None,
    };
    world.store.insert_key(&actor(), NewKey { key, after: None, older_removed_at: NOW.plus(Span::from_days(1)) }).await.expect("inserts");
    world.store.close().await;

    let both = OpenOptions { ring: KeyRing::of(old()).rotated(new()).into(), ..world.place.options() };
    let store = Store::open(both.clone()).await.expect("opens under both");
    let report = store.remark_at(NOW, |_| ()).await.expect("marks anew");
    assert!(report.rows > 40, "{report:?}");
    assert_eq!((report.sealed, report.tampered.len()), (1, 0));
    let again = store.remark_at(NOW, |_| ()).await.expect("marks anew");
    assert_eq!((again.rows, again.sealed), (0, 0), "all is done: {again:?}");
    assert_eq!(store.verify_audit(|_, _| ()).await.expect("verifies").faults, []);
    store.close().await;

    let alone = OpenOptions { ring: KeyRing::of(new()).into(), ..both };
    let store = Store::open(alone).await.expect("opens under the new one alone");
    assert_eq!(crate::fixture::said(&store, 20, 0, "orders:read", NOW).await, "ok");
    let keys = store.signing_keys().await.expect("reads");
    let opened = seal::open(store.ring(), b"signing_key:k1", &keys[0].sealed_private).expect("opens");
    assert_eq!(opened.as_slice(), b"private");
    store.catalogue().await.expect("reads");
    store.changes_after(jeton_core::change::Revision(0), 1000).await.expect("reads");
    store.close().await;
}

both!(rows_outlive_the_old_key);
