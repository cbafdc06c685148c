//! The memory is trusted for a while after the change log was last read, and never longer.

use crate::{
    Gate, Question, Refused,
    fixture::{World, credential, id, plain, record},
    settings::Settings,
};
use jeton_core::{
    change::Revision,
    denial::{Denial, Unavailable},
    facts::TokenState,
};
use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

async fn check(gate: &Gate, number: u64) -> Result<(), Denial> {
    let token = plain(number);
    gate.check(&Question::new(Ok(credential(&token)))).await.map(|_| ()).map_err(|refused: Refused| refused.denial)
}

#[tokio::test]
async fn a_memory_that_may_be_old_asks_for_each_request() {
    let world = World::fresh();
    world.issue(record(1));
    assert_eq!(check(&world.gate, 1).await, Ok(()));
    assert_eq!(check(&world.gate, 1).await, Ok(()));
    assert_eq!(world.source.asked(), 1);
    // Revoked elsewhere, and this gate hears nothing.
    world.source.commit_state(id(1), TokenState::Revoked);
    world.clock.advance(Duration::from_secs(2));
    assert_eq!(check(&world.gate, 1).await, Ok(()), "still within what is allowed");
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(check(&world.gate, 1).await, Err(Denial::Revoked));
    assert_eq!(check(&world.gate, 1).await, Err(Denial::Revoked));
    assert_eq!(world.source.asked(), 3);
}

#[tokio::test]
async fn without_the_source_hits_are_served_for_a_while_and_then_nobody_passes() {
    let world = World::fresh();
    world.issue(record(1));
    assert_eq!(check(&world.gate, 1).await, Ok(()));
    world.source.broken.store(true, Ordering::SeqCst);
    assert_eq!(check(&world.gate, 1).await, Ok(()));
    assert_eq!(check(&world.gate, 2).await, Err(Denial::Unavailable(Unavailable::Store)));
    world.clock.advance(Duration::from_millis(2001));
    assert_eq!(check(&world.gate, 1).await, Err(Denial::Unavailable(Unavailable::Stale)));
    world.source.broken.store(false, Ordering::SeqCst);
    assert_eq!(check(&world.gate, 1).await, Ok(()), "it heals by itself");
}

#[tokio::test]
async fn a_source_that_hangs_is_given_up() {
    let world = World::new(Settings { lookup_deadline: Duration::from_millis(20), ..Settings::default() });
    world.follow();
    world.issue(record(1));
    world.source.held.send_replace(true);
    assert_eq!(check(&world.gate, 1).await, Err(Denial::Unavailable(Unavailable::Store)));
    world.source.held.send_replace(false);
    assert_eq!(check(&world.gate, 1).await, Ok(()));
}

#[tokio::test]
async fn a_gate_that_never_read_the_log_trusts_nothing() {
    let world = World::new(Settings::default());
    world.source.commit(record(1));
    assert_eq!(check(&world.gate, 1).await, Ok(()));
    assert_eq!(check(&world.gate, 1).await, Ok(()));
    assert_eq!(world.source.asked(), 2);
}

#[tokio::test]
async fn an_edited_row_is_refused_and_not_remembered() {
    let world = World::fresh();
    world.issue(record(1));
    world.source.tampered.store(true, Ordering::SeqCst);
    assert_eq!(check(&world.gate, 1).await, Err(Denial::Unavailable(Unavailable::Tampered)));
    world.source.tampered.store(false, Ordering::SeqCst);
    assert_eq!(check(&world.gate, 1).await, Ok(()));
}

#[tokio::test]
async fn an_answer_is_as_new_as_is_asked() {
    let world = World::fresh();
    world.issue(record(1));
    assert_eq!(check(&world.gate, 1).await, Ok(()));
    world.source.commit_state(id(1), TokenState::Suspended);
    let head = world.source.head();
    let token = plain(1);
    let at_least = |revision| Question { min_revision: Some(revision), ..Question::new(Ok(credential(&token))) };
    let passed = world.gate.check(&at_least(Revision(head.0 - 1))).await.expect("the memory is that new");
    assert_eq!(passed.as_of, Revision(head.0 - 1));
    let refused = world.gate.check(&at_least(head)).await.expect_err("asked anew");
    assert_eq!((refused.denial, refused.as_of), (Denial::Suspended, Some(head)));
    let refused = world.gate.check(&at_least(Revision(head.0 + 1))).await.expect_err("not there yet");
    assert_eq!(refused.denial, Denial::Unavailable(Unavailable::Revision));
}

#[tokio::test]
async fn a_restored_database_empties_the_memory() {
    use jeton_core::change::{Change, Changed};
    let world = World::fresh();
    world.issue(record(1));
    world.scan();
    assert_eq!(check(&world.gate, 1).await, Ok(()));
    let mut change = world.source.commit(record(2));
    change = Change { what: Changed::Everything, ..change };
    world.gate.apply(&[change]);
    assert!(!world.gate.knows_ids());
    world.gate.reached(world.source.head(), Instant::now());
    assert_eq!(check(&world.gate, 2).await, Ok(()));
    assert_eq!(check(&world.gate, 1).await, Ok(()));
    assert_eq!(world.source.asked(), 3);
}
