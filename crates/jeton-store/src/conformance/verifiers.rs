//! What nodes tell each other of verifiers.

use super::fixture::Fixture;
use crate::verifiers::NodeNote;

fn note(node: &str, beat: i64, body: &str) -> NodeNote {
    NodeNote { node: node.to_owned(), beat, body: body.to_owned() }
}

/// Each node has one note, the last; what was edited counts for nothing, and no place of the change log is taken.
pub async fn nodes_know_of_each_other(fixture: &Fixture) {
    let store = &fixture.store;
    let head = store.head().await.expect("read");
    for said in [note("a", 1, "[]"), note("b", 1, "[1]"), note("a", 2, "[2]")] {
        store.note_verifiers(said).await.expect("noted");
    }
    assert_eq!(store.noted_verifiers().await, Ok(vec![note("a", 2, "[2]"), note("b", 1, "[1]")]));
    fixture.tamper("UPDATE verifiers SET body = '[9]' WHERE node = 'a'").await;
    assert_eq!(store.noted_verifiers().await, Ok(vec![note("b", 1, "[1]")]));
    store.forget_verifiers("a").await.expect("forgotten");
    store.forget_verifiers("b").await.expect("forgotten");
    assert_eq!(store.noted_verifiers().await, Ok(Vec::new()));
    assert_eq!(store.head().await, Ok(head));
}
