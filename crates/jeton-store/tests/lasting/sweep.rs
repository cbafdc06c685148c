//! The sweeper: what is long dead goes, in batches, children first; what is alive or remembered for a reason stays.

use crate::{
    both,
    fixture::{NOW, World, token},
};
use jeton_core::{
    facts::TokenState,
    limits,
    timestamp::{Span, Timestamp},
};
use jeton_store::{
    Engine,
    sweep::SweepReport,
    usage::{UsageBatch, UsageDelta},
};

async fn swept(world: &World, now: Timestamp, batch: usize) -> (SweepReport, u32) {
    let (mut total, mut runs) = (SweepReport::default(), 0);
    loop {
        let report = world.store.sweep_at(now, batch).await.expect("sweeps");
        runs += 1;
        total.tokens += report.tokens;
        total.usage += report.usage;
        total.changes += report.changes;
        if !report.more {
            return (total, runs);
        }
    }
}

async fn the_dead_go_children_first(engine: Engine) {
    let world = World::new(engine).await;
    let end = Some(NOW.plus(Span::from_days(1)));
    world.issue_child(1, None, end).await;
    world.issue_child(2, Some(token(1)), end).await;
    world.issue_child(3, Some(token(2)), end).await;
    world.issue_child(4, None, None).await;
    world.issue_child(5, None, None).await;
    world.bring(5, TokenState::Revoked).await;
    let too_early = NOW.plus(limits::DEAD_TOKEN_LIFE);
    assert_eq!(swept(&world, too_early, 2).await.0.tokens, 0);
    let head = world.store.head().await.expect("head");

    let due = too_early.plus(Span::from_days(2));
    let (report, runs) = swept(&world, due, 1).await;
    assert_eq!(report.tokens, 4);
    assert!(runs >= 4);
    for number in [1, 2, 3, 5] {
        assert_eq!(world.said(number, 0, "orders:read", due).await, "unknown");
    }
    assert_eq!(world.said(4, 0, "orders:read", due).await, "ok");
    let changes = world.store.changes_after(head, 100).await.expect("reads").changes;
    assert_eq!(changes.len(), 4, "each removal is a change");
    assert_eq!(world.store.verify_audit(|_, _| ()).await.expect("verifies").faults, []);
    world.store.close().await;
}

async fn old_use_and_changes_go_and_the_head_stays(engine: Engine) {
    let mut world = World::new(engine).await;
    world.issue_child(1, None, None).await;
    let delta = UsageDelta {
        token: token(1),
        hour: NOW.hour(),
        outcome: "ok".into(),
        route: "-".into(),
        network: "-".into(),
        previous_secret: false,
        count: 1,
    };
    world.store.flush_usage(&UsageBatch { deltas: vec![delta], ..UsageBatch::default() }).await.expect("writes");
    let head = world.store.head().await.expect("head");
    let due = NOW.plus(limits::USAGE_LIFE).plus(Span::from_days(1));
    let (report, _) = swept(&world, due, 1).await;
    assert_eq!(report.usage, 1);
    assert_eq!(report.changes, head.0 - 1);
    assert_eq!(world.store.head().await.expect("head"), head);
    assert!(world.store.changes_after(jeton_core::change::Revision(0), 10).await.expect("reads").truncated);
    assert_eq!(world.said(1, 0, "orders:read", due).await, "ok");
    world.reopen().await;
    world.issue(2).await;
    assert_eq!(world.store.head().await.expect("head").0, head.0 + 1);
    world.store.close().await;
}

both!(the_dead_go_children_first, old_use_and_changes_go_and_the_head_stays);
