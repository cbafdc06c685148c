//! Rotations that end once the old secret is silent.

use super::fixture::{Fixture, NOW, actor, random, rotation};
use crate::{
    StoreError,
    token::{Rotation, TokenDetail},
    usage::{LastUse, RefusalRow, UsageBatch},
};
use jeton_core::{
    denial::Denial,
    id::{DecisionId, TokenId},
    timestamp::{Span, Timestamp},
};

const QUIET: u32 = 3600;

fn minutes(minutes: u32) -> Timestamp {
    NOW.plus(Span::from_minutes(minutes))
}

fn silent() -> Rotation {
    Rotation { previous_until: NOW.plus(Span::from_days(90)), quiet_seconds: Some(QUIET), ..rotation() }
}

async fn rotated(fixture: &Fixture) -> TokenId {
    let id = fixture.issue().await;
    let (detail, _) = fixture.store.rotate_token(fixture.organisation, id, silent(), actor(0)).await.expect("rotated");
    assert_eq!(detail.quiet_seconds, Some(QUIET));
    id
}

async fn shown(fixture: &Fixture, id: TokenId) -> TokenDetail {
    fixture.store.show_token(fixture.organisation, id).await.expect("shown")
}

async fn old_secret_used(fixture: &Fixture, token: TokenId, at: Timestamp) {
    let ip = Some("192.0.2.9".to_owned());
    let last = LastUse { token, at, client_ip: ip.clone(), user_agent: None, previous_secret_at: Some(at), previous_secret_ip: ip };
    fixture.store.flush_usage(&UsageBatch { last: vec![last], ..UsageBatch::default() }).await.expect("written");
}

async fn events(fixture: &Fixture, id: TokenId, action: &str) -> usize {
    let events = fixture.store.audit_events_of(fixture.organisation, id.digits(), 50).await.expect("read");
    events.iter().filter(|event| event.action == action).count()
}

/// An overlap ends when its secret was not used for as long as was asked for, and not before; verifiers are told.
pub async fn an_overlap_ends_when_its_secret_is_silent(fixture: &Fixture) {
    let store = &fixture.store;
    let (quiet, used, plain) = (rotated(fixture).await, rotated(fixture).await, fixture.issue().await);
    store.rotate_token(fixture.organisation, plain, Rotation { quiet_seconds: None, ..silent() }, actor(0)).await.expect("rotated");
    old_secret_used(fixture, used, minutes(30)).await;
    let due = async |at| store.end_silent_overlaps_at(at, 100).await.expect("looked at");
    assert_eq!(due(minutes(59)).await, 0);
    let before = store.head().await.expect("a place");
    assert_eq!(due(minutes(60)).await, 1, "the one that nobody used");
    assert!(store.head().await.expect("a place") > before, "verifiers hear of it");
    let found = store.find_token(quiet).await.expect("read").record.expect("there");
    assert_eq!(found.secrets.previous.map(|(_, until)| until), Some(minutes(60)));
    assert_eq!(shown(fixture, quiet).await.quiet_seconds, None);
    assert_eq!(shown(fixture, used).await.quiet_seconds, Some(QUIET), "it is used still");
    assert_eq!((due(minutes(89)).await, due(minutes(90)).await, due(minutes(200)).await), (0, 1, 0));
    assert_eq!(shown(fixture, plain).await.record.secrets.previous.map(|(_, until)| until), Some(NOW.plus(Span::from_days(90))));
    assert_eq!(events(fixture, quiet, "token.end_overlap").await, 1);
}

/// Somebody who ends an overlap at once ends it; another rotation takes the old note away.
pub async fn an_overlap_is_ended_at_once(fixture: &Fixture) {
    let store = &fixture.store;
    let id = rotated(fixture).await;
    let other = jeton_core::id::OrganisationId::from_random(random());
    assert_eq!(store.end_overlap(other, id, actor(60)).await.err(), Some(StoreError::NotFound("token")));
    let (detail, _) = store.end_overlap(fixture.organisation, id, actor(60)).await.expect("ended");
    assert_eq!(detail.record.secrets.previous.map(|(_, until)| until), Some(minutes(1)));
    assert!(matches!(store.end_overlap(fixture.organisation, id, actor(61)).await, Err(StoreError::Conflict(_))));
    assert_eq!(store.end_silent_overlaps_at(minutes(600), 100).await, Ok(0), "it is over already");
    let again = Rotation { previous_until: minutes(20), ..rotation() };
    store.rotate_token(fixture.organisation, id, again, actor(120)).await.expect("rotated");
    assert_eq!(store.silent_rotation(id).await, Ok(None));
}

/// An old secret that is used after its overlap ended is reported once, however often it is used.
pub async fn a_late_use_is_reported_once(fixture: &Fixture) {
    let store = &fixture.store;
    let id = rotated(fixture).await;
    let refused = async |at, cause: String| {
        let refusal = RefusalRow {
            decision: DecisionId::from_random(random()),
            at,
            token: Some(id),
            code: "revoked".to_owned(),
            cause,
            method: None,
            path: None,
            audience: None,
            scopes: String::new(),
            client_ip: Some("192.0.2.9".to_owned()),
            user_agent: None,
        };
        store.flush_usage(&UsageBatch { refusals: vec![refusal], ..UsageBatch::default() }).await.expect("written");
    };
    let late = async |at| store.report_late_uses_at(at, 100).await.expect("looked at");
    refused(minutes(5), Denial::RotatedOut.cause()).await;
    assert_eq!(store.end_silent_overlaps_at(minutes(70), 100).await, Ok(1));
    assert_eq!(late(minutes(71)).await, 0, "that was a secret of before");
    refused(minutes(72), Denial::InsufficientScope.cause()).await;
    assert_eq!(late(minutes(73)).await, 0, "that was the newest secret");
    refused(minutes(74), Denial::RotatedOut.cause()).await;
    refused(minutes(75), Denial::RotatedOut.cause()).await;
    assert_eq!((late(minutes(76)).await, late(minutes(77)).await), (1, 0));
    refused(minutes(78), Denial::RotatedOut.cause()).await;
    assert_eq!(late(minutes(79)).await, 0);
    assert_eq!(events(fixture, id, "token.old_secret_used").await, 1);
    assert_eq!(fixture.tamper("UPDATE silent_rotations SET reported_at = NULL").await, 1);
    assert!(matches!(store.silent_rotation(id).await, Err(StoreError::Tampered { table: "silent_rotations", .. })));
}
