//! Nothing that was recorded is lost, whatever thread it came from and however often a flush fails.

use super::*;
use jeton_core::{facts::WhichSecret, timestamp::Timestamp, usage::Refusal};
use std::sync::Arc;

fn token(n: u8) -> TokenId {
    TokenId::from_random([n; 16])
}

fn event(token: Option<TokenId>, outcome: &'static str) -> UsageEvent<'static> {
    UsageEvent {
        at: Timestamp::from_seconds(1_800_000_000),
        token,
        secret: WhichSecret::Current,
        outcome,
        refusal: None,
        route: "GET /v1/orders/*",
        client_ip: "192.0.2.77".parse().ok(),
        user_agent: Some("curl/8"),
    }
}

#[test]
fn every_count_arrives_from_every_thread() {
    let recorder = Arc::new(Recorder::default());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..1000u16).for_each(|n| recorder.record(&event(Some(token((n % 3) as u8)), "ok"))));
        }
    });
    let batch = recorder.next_batch().expect("something was recorded");
    assert_eq!(batch.deltas.iter().map(|delta| delta.count).sum::<u64>(), 8000);
    assert_eq!(batch.deltas.len(), 3);
    assert!(batch.deltas.iter().all(|delta| delta.network == "192.0.2.0/24" && delta.route == "GET /v1/orders/*"));
    assert!({
        recorder.written();
        recorder.next_batch().is_none()
    });
}

#[test]
fn a_batch_that_was_not_written_comes_again_unchanged() {
    let recorder = Recorder::default();
    recorder.record(&event(Some(token(1)), "ok"));
    let batch = recorder.next_batch().expect("recorded");
    recorder.record(&event(Some(token(2)), "ok"));
    assert_eq!(recorder.next_batch().expect("not written yet").deltas, batch.deltas);
    recorder.written();
    let since = recorder.next_batch().expect("recorded since");
    assert_eq!(since.deltas.iter().map(|delta| delta.token).collect::<Vec<_>>(), [token(2)]);
}

#[test]
fn a_refusal_can_be_asked_for_before_it_is_written() {
    let recorder = Recorder::default();
    let decision = DecisionId::from_random([5; 16]);
    let refusal = Refusal {
        decision,
        cause: "the token lacks a scope",
        method: Some("GET"),
        path: Some("/v1"),
        audience: None,
        scopes: "orders:write",
    };
    recorder.record(&UsageEvent { refusal: Some(refusal), ..event(Some(token(1)), "insufficient_scope") });
    assert_eq!(recorder.refusal(decision).expect("kept").code, "insufficient_scope");
    assert!(recorder.next_batch().is_some());
    assert!(recorder.refusal(decision).is_some(), "while it is being written");
    recorder.written();
    assert!(recorder.refusal(decision).is_none());
}

#[test]
fn the_newest_use_wins_and_the_old_secret_is_remembered() {
    let recorder = Recorder::default();
    let old = WhichSecret::Previous { until: Timestamp::MAX };
    recorder.record(&UsageEvent { secret: old, ..event(Some(token(1)), "ok") });
    recorder.record(&UsageEvent { at: Timestamp::from_seconds(1_800_000_009), user_agent: Some("new"), ..event(Some(token(1)), "ok") });
    let last = recorder.last_use(token(1)).expect("used");
    assert_eq!(last.user_agent.as_deref(), Some("new"));
    assert_eq!(last.previous_secret_ip.as_deref(), Some("192.0.2.77"));
}

#[test]
fn a_flood_of_strangers_keeps_few_refusals_and_no_counters() {
    let recorder = Recorder::default();
    for n in 0..1000u16 {
        let decision = DecisionId::from_random([(n % 251) as u8; 16]);
        let refusal = Refusal { decision, cause: "unknown", method: None, path: None, audience: None, scopes: "" };
        recorder.record(&UsageEvent { refusal: Some(refusal), ..event(None, "unknown") });
    }
    let batch = recorder.next_batch().expect("some are kept");
    assert!(batch.deltas.is_empty());
    assert_eq!(batch.refusals.len(), 64);
}

/// One of many tokens.
fn one_of_many(n: u16) -> TokenId {
    let mut bytes = [0; 16];
    bytes[14..].copy_from_slice(&n.to_be_bytes());
    TokenId::from_random(bytes)
}

/// Records one use of each of many tokens; gives how many.
fn used_by_many(recorder: &Recorder) -> usize {
    let many = u16::try_from(FEW).expect("few") * 2;
    (0..many).for_each(|n| recorder.record(&event(Some(one_of_many(n)), "ok")));
    usize::from(many)
}

#[test]
fn use_of_many_tokens_waits_and_is_all_written() {
    let recorder = Recorder::default();
    let (mut counted, mut many, mut batches) = (0, 0, Vec::new());
    for _ in 0..=BATCHES_HELD {
        many = used_by_many(&recorder);
        let batch = recorder.next_batch().expect("recorded");
        counted += batch.deltas.iter().map(|delta| delta.count).sum::<u64>();
        batches.push((batch.last.len(), batch.deltas.len()));
        recorder.written();
        assert!(batches.len() > BATCHES_HELD.into() || recorder.last_use(one_of_many(1)).is_some(), "what waits can be asked for");
    }
    assert_eq!(batches, [(0, 0), (0, 0), (0, 0), (many, many)]);
    assert_eq!(counted, many as u64 * (u64::from(BATCHES_HELD) + 1));
    recorder.record(&event(Some(token(1)), "ok"));
    assert_eq!(recorder.whole_batch().expect("recorded").deltas.len(), 1);
}

#[test]
fn the_use_of_an_old_secret_does_not_wait() {
    let recorder = Recorder::default();
    used_by_many(&recorder);
    let old = WhichSecret::Previous { until: Timestamp::MAX };
    recorder.record(&UsageEvent { secret: old, ..event(Some(one_of_many(7)), "ok") });
    let batch = recorder.next_batch().expect("recorded");
    assert_eq!(batch.last.iter().map(|last| (last.token, last.previous_secret_at.is_some())).collect::<Vec<_>>(), [(one_of_many(7), true)]);
    assert!(batch.deltas.is_empty());
}

#[test]
fn what_waits_outlives_a_batch_that_failed() {
    let recorder = Recorder::default();
    let many = used_by_many(&recorder);
    assert!(recorder.next_batch().expect("recorded").last.is_empty());
    recorder.record(&event(Some(token(1)), "ok"));
    let again = recorder.whole_batch().expect("not written yet");
    assert!(again.last.is_empty() && again.deltas.is_empty());
    recorder.written();
    let waited = recorder.whole_batch().expect("the rest waited");
    assert_eq!((waited.last.len(), waited.deltas.len()), (many + 1, many + 1));
    recorder.written();
    assert!(recorder.whole_batch().is_none());
}
