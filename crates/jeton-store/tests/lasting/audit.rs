//! The audit chain: an event that was removed, changed, moved or cut off at the end is found and named.

use crate::{
    both,
    fixture::{NOW, World},
};
use jeton_core::facts::TokenState;
use jeton_store::{Engine, audit::AuditFilter, page::PageRequest, testing::execute};

async fn filled(engine: Engine) -> World {
    let world = World::new(engine).await;
    for number in 1..=4 {
        world.issue(number).await;
    }
    world.bring(2, TokenState::Revoked).await;
    world
}

async fn faults_after(engine: Engine, meddling: &'static [&'static str]) -> Vec<i64> {
    let mut world = filled(engine).await;
    assert_eq!(world.store.verify_audit(|_, _| ()).await.expect("verifies").faults, []);
    world.store.close().await;
    for statement in meddling {
        execute(&world.place.url, statement).await;
    }
    world.store = world.place.open().await;
    let report = world.store.verify_audit(|_, _| ()).await.expect("verifies");
    world.store.close().await;
    report.faults.into_iter().map(|(sequence, _)| sequence).collect()
}

async fn meddling_is_named(engine: Engine) {
    let cases: [(&[&str], i64); 6] = [
        (&["DELETE FROM audit_events WHERE sequence = 3"], 3),
        (&["UPDATE audit_events SET target = 'other' WHERE sequence = 4"], 4),
        (&["UPDATE audit_events SET at = at + 1 WHERE sequence = 2"], 2),
        (&["UPDATE audit_events SET organisation = 'nonsense' WHERE sequence = 4"], 4),
        (
            &[
                "UPDATE audit_events SET sequence = 1000 WHERE sequence = 3",
                "UPDATE audit_events SET sequence = 3 WHERE sequence = 4",
                "UPDATE audit_events SET sequence = 4 WHERE sequence = 1000",
            ],
            3,
        ),
        (&["DELETE FROM audit_events WHERE sequence > 5"], 6),
    ];
    for (meddling, place) in cases {
        let faults = faults_after(engine, meddling).await;
        assert!(faults.contains(&place), "{meddling:?}: {faults:?}");
    }
}

async fn events_are_filtered_page_by_page(engine: Engine) {
    let world = filled(engine).await;
    let filter = AuditFilter { action: Some("token.issue".into()), ..AuditFilter::default() };
    let mut page = PageRequest { after: None, limit: 3 };
    let first = world.store.audit_events(&filter, &page).await.expect("reads");
    assert_eq!(first.items.len(), 3);
    page.after = first.next;
    let second = world.store.audit_events(&filter, &page).await.expect("reads");
    assert_eq!((second.items.len(), second.next), (1, None));
    assert!(first.items[2].sequence > second.items[0].sequence);
    let none = AuditFilter { since: Some(NOW.plus(jeton_core::timestamp::Span::from_days(1))), ..AuditFilter::default() };
    assert!(world.store.audit_events(&none, &PageRequest::default()).await.expect("reads").items.is_empty());
    assert_eq!(world.store.audit_events_after(2, 2).await.expect("reads").len(), 2);
    world.store.close().await;
}

both!(meddling_is_named, events_are_filtered_page_by_page);
