//! The change log, the audit chain and the moment of the answer.

use super::fixture::{Fixture, actor, to};
use crate::{OpenOptions, Store, StoreError, link::fetch_all, store::JournalHook, token::Transition};
use futures_util::future::join_all;
use jeton_core::{
    change::{Change, Changed, Revision},
    facts::TokenState,
};
use parking_lot::Mutex;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

fn recorded(fixture: &Fixture) -> Arc<Mutex<Vec<Change>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let writer = Arc::clone(&heard);
    fixture.store.subscribe_commits(Arc::new(move |changes: &[Change]| writer.lock().extend_from_slice(changes)));
    heard
}

/// The log has no gap, subscribers hear it in its order, and each change has its event in a chain that holds.
pub async fn revisions_have_no_gap_and_commit_in_order(fixture: &Fixture) {
    let heard = recorded(fixture);
    let ids: Vec<_> = join_all((0..100).map(|_| fixture.issue())).await;
    join_all(ids.iter().take(50).map(|id| fixture.bring(*id, TokenState::Revoked))).await;
    let mut read = Vec::new();
    loop {
        let after = read.last().map_or(Revision(0), |change: &Change| change.revision);
        let changes = fixture.store.changes_after(after, 40).await.expect("read");
        assert!(!changes.truncated);
        if changes.changes.is_empty() {
            break;
        }
        read.extend(changes.changes);
    }
    assert_eq!(read.iter().map(|change| change.revision.0).collect::<Vec<_>>(), (1..=150).collect::<Vec<_>>());
    assert_eq!(*heard.lock(), read);
    let mut conn = fixture.store.source().connect(fixture.place.options().deadline).await.expect("connects");
    let sql = "SELECT sequence, at, organisation, actor, action, target, details, link FROM audit_events ORDER BY sequence";
    type Row = (i64, i64, Option<String>, String, String, String, String, Vec<u8>);
    let events = fetch_all!(&mut conn.link(), Row, sql).expect("read");
    assert_eq!(events.iter().map(|event| event.0).collect::<Vec<_>>(), (1..=151).collect::<Vec<_>>());
    assert_eq!(events.iter().filter(|event| event.4 == "token.revoke").count(), 50);
}

/// When the caller has his answer, the subscribers have heard of it.
pub async fn followers_are_told_before_the_caller(fixture: &Fixture) {
    let heard = recorded(fixture);
    for _ in 0..20 {
        let id = fixture.issue().await;
        let (_, revision) = fixture.bring(id, TokenState::Revoked).await.expect("revoked");
        assert!(heard.lock().iter().any(|change| change.revision == revision && change.what == Changed::Token(id)));
        assert!(fixture.store.known_head() >= revision);
    }
}

/// A look-up that overlaps a revocation either sees it or says that it is older.
pub async fn fills_are_as_new_as_they_say(fixture: &Fixture) {
    for _ in 0..16 {
        let id = fixture.issue().await;
        let looks = join_all((0..8).map(|_| fixture.store.find_token(id)));
        let (looks, revoked) = tokio::join!(looks, fixture.bring(id, TokenState::Revoked));
        let (_, revoked) = revoked.expect("revoked");
        for found in looks {
            let found = found.expect("found");
            let state = found.record.expect("there").state;
            assert!(state == TokenState::Revoked || found.as_of < revoked, "{state:?} as of {} though revoked at {revoked}", found.as_of);
        }
        let found = fixture.store.find_token(id).await.expect("found");
        assert!(found.as_of >= revoked && found.record.is_some_and(|record| record.state == TokenState::Revoked));
    }
}

/// What was queued before the end is answered and durable; what comes later is refused.
pub async fn closing_answers_what_is_queued(fixture: &Fixture) {
    let new: Vec<_> = (0..50).map(|_| fixture.new_token()).collect();
    let ids: Vec<_> = new.iter().map(|new| new.id).collect();
    let (issued, ()) = tokio::join!(join_all(new.into_iter().map(|new| fixture.issue_this(new))), fixture.store.close());
    assert!(matches!(fixture.issue_this(fixture.new_token()).await, Err(StoreError::Unavailable(_))));
    let store = fixture.place.open().await;
    for (outcome, id) in issued.iter().zip(ids) {
        let there = store.find_token(id).await.expect("looked up").record.is_some();
        assert_eq!(there, outcome.is_ok(), "answered {outcome:?}");
    }
    store.close().await;
}

/// What cannot be put into the journal is not done; it is done when the journal works again.
pub async fn a_failing_journal_stops_the_change(fixture: &Fixture) {
    let id = fixture.issue().await;
    let before = fixture.store.shared().journal.read().clone();
    *fixture.store.shared().journal.write() = Some(Arc::new(|_| Err(std::io::Error::other("the disk is full"))));
    let refused = fixture.store.transition_token(fixture.organisation, id, to(TokenState::Revoked), actor(1)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    assert_eq!(fixture.state(id).await, Ok(TokenState::Active));
    *fixture.store.shared().journal.write() = before;
    fixture.bring(id, TokenState::Revoked).await.expect("revoked");
    assert_eq!(fixture.state(id).await, Ok(TokenState::Revoked));
}

/// What is in the journal and was never committed says nothing about the row that it was to replace: neither while the store is
/// open nor after it was opened again, whatever else is committed in between.
pub async fn a_failed_commit_leaves_its_row_good(fixture: &Fixture) {
    let id = fixture.issue().await;
    fixture.store.close().await;
    let hasty = OpenOptions { deadline: Duration::from_millis(400), ..fixture.place.options() };
    let store = Store::open(hasty).await.expect("opens");
    let real: JournalHook = store.shared().journal.read().clone().expect("attached");
    let (appending, slow) = (Arc::clone(&real), store.shared().deadline * 2);
    // The journal is written after the operation was given up: its commit never comes.
    *store.shared().journal.write() = Some(Arc::new(move |batch| {
        std::thread::sleep(slow);
        appending(batch)
    }));
    let suspend = || store.transition_token(fixture.organisation, id, to(TokenState::Suspended), actor(1));
    assert!(matches!(suspend().await, Err(StoreError::Unavailable(_))));
    let until = Instant::now() + Duration::from_secs(20);
    while store.shared().unsettled.lock().is_settled() {
        assert!(Instant::now() < until, "the journal was never written");
        tokio::task::yield_now().await;
    }
    *store.shared().journal.write() = Some(real);
    let active = |found: crate::token::Found| found.record.map(|record| record.state) == Some(TokenState::Active);
    let other = fixture.new_token();
    store.issue_token(other, None, actor(1)).await.expect("others go on");
    assert!(store.shared().unsettled.lock().is_settled());
    assert!(store.find_token(id).await.is_ok_and(active));
    store.close().await;
    let store = fixture.place.open().await;
    assert!(store.find_token(id).await.is_ok_and(active), "the journal takes back what was not committed");
    let resume = Transition { to: TokenState::Revoked, reason: None, comment: None };
    store.transition_token(fixture.organisation, id, resume, actor(2)).await.expect("it is whole");
    store.close().await;
}
