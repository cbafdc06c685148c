//! The conformance suite on SQLite, and what only SQLite promises.

use jeton_store::{Engine, testing::Place};
use std::os::unix::fs::PermissionsExt;

jeton_store::conformance!(jeton_store::Engine::Sqlite);

#[tokio::test]
async fn the_file_is_its_owners_alone() {
    let place = Place::new(Engine::Sqlite);
    let store = place.open().await;
    for name in ["jeton.db", "jeton.db-wal"] {
        let mode = std::fs::metadata(place.folder().join(name)).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    store.close().await;
}
