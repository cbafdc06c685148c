//! Checks of the audit chain: one at a time, known to every process, and broken off where nobody reads any more.

use super::fixture::{Fixture, NOW, actor, random};
use crate::{
    StoreError,
    audit::{Actor, ChainReport},
    audit_check::{AuditCheck, CheckState},
};
use jeton_core::{
    id::RequestId,
    limits,
    timestamp::{Span, Timestamp},
};

fn at(seconds: u32) -> Timestamp {
    NOW.plus(Span::from_seconds(seconds))
}

async fn begin(fixture: &Fixture, seconds: u32) -> (AuditCheck, bool) {
    let actor = Actor { at: at(seconds), ..actor(0) };
    fixture.store.begin_audit_check(RequestId::from_random(random()), actor).await.expect("begun")
}

/// Whoever asks while one is under way is told of that one; what it found is kept as it was.
pub async fn a_chain_is_checked_once_at_a_time(fixture: &Fixture) {
    let (check, is_new) = begin(fixture, 0).await;
    assert!(is_new && check.is_running_at(at(1)));
    assert_eq!(begin(fixture, 1).await, (check.clone(), false));
    let noted = fixture.store.note_audit_check_at(check.clone(), 500, 800, at(5)).await.expect("noted");
    assert_eq!(begin(fixture, 12).await, (noted.clone(), false), "whoever says how far it is, is there");
    let stale = fixture.store.note_audit_check_at(check, 600, 800, at(6)).await;
    assert!(matches!(stale, Err(StoreError::Outdated { .. })), "{stale:?}");
    let faults = vec![(7, "was removed".to_owned())];
    let report = ChainReport { events: 799, first_at: Some(at(0)), last_at: None, faults };
    let ended = fixture.store.end_audit_check_at(noted, CheckState::Done(report), at(13)).await.expect("ended");
    assert_eq!(fixture.store.show_audit_check(ended.id).await, Ok(Some(ended.clone())));
    let (next, is_new) = begin(fixture, 14).await;
    assert!(is_new);
    assert_eq!(fixture.store.newest_audit_checks(9).await, Ok(vec![next.clone(), ended]));
    assert_eq!(fixture.store.newest_audit_checks(1).await, Ok(vec![next]));
}

/// Who reads and is silent loses the check, and cannot end it any more.
pub async fn a_check_breaks_off_without_its_reader(fixture: &Fixture) {
    let (first, _) = begin(fixture, 0).await;
    let late = 1 + u32::try_from(limits::AUDIT_CHECK_HOLD.as_seconds_up()).expect("a count");
    assert!(!first.is_running_at(at(late)));
    let (second, is_new) = begin(fixture, late).await;
    assert!(is_new && second.id != first.id);
    let found = fixture.store.show_audit_check(first.id).await.expect("read").expect("there");
    assert!(matches!(found.state, CheckState::Failed(_)) && found.ended_at.is_some(), "{found:?}");
    let ended = fixture.store.end_audit_check_at(first, CheckState::Failed("late".to_owned()), at(late)).await;
    assert!(matches!(ended, Err(StoreError::Outdated { .. })), "{ended:?}");
}

/// A result that was written from outside is not believed, and old ones go.
pub async fn checks_are_marked_and_swept(fixture: &Fixture) {
    let (check, _) = begin(fixture, 0).await;
    fixture.store.end_audit_check_at(check, CheckState::Failed("why".to_owned()), at(1)).await.expect("ended");
    let sweep = async |at: Timestamp| fixture.store.sweep_at(at, 100).await.expect("swept").checks;
    assert_eq!(sweep(at(0).plus(limits::AUDIT_CHECK_LIFE)).await, 0);
    assert_eq!(sweep(at(1).plus(limits::AUDIT_CHECK_LIFE)).await, 1);
    begin(fixture, 2).await;
    fixture.tamper("UPDATE audit_checks SET state = 'failed', fault = 'x'").await;
    let read = fixture.store.newest_audit_checks(9).await;
    assert!(matches!(read, Err(StoreError::Tampered { table: "audit_checks", .. })), "{read:?}");
}
