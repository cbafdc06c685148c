//! Clocks that are set while a gate follows: how old its memory is, is none of the wall clock's business; a token's end is. The wall
//! clock of the real program is moved; its monotonic clock goes on.

use super::{
    caller::issued,
    installation::{AUDIENCE, until},
    recorder::Recorder,
    rig::{Authority, Gate, GateHouse},
    wall_clock::WallClock,
    wire::{Mode, Wire},
};
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Starts a gate that lives by this clock.
fn launch(house: &GateHouse, clock: &WallClock) -> Gate {
    let environment = clock.environment();
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    house.launch_with(&environment)
}

/// Waits until the gate has noticed that its clock is so many hours from its authority's.
async fn differs_by_hours(gate: &Gate, hours: f64) {
    until(&format!("the gate's clock is {hours} h from its authority's"), async || {
        let ahead = gate.metric("jeton_gate_authority_clock_offset_seconds").await / 3600.0;
        ((ahead + hours).abs() < 0.1).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_makes_no_memory_younger_or_older_and_brings_nothing_back() {
    let authority = Authority::start().await;
    let alive = authority.owner.issue("alive").await;
    let (first, second) = (authority.owner.issue("first").await, authority.owner.issue("second").await);
    let short = json!({"kind": "key", "name": "short", "audience": [AUDIENCE], "scopes": ["orders:read"], "expires_in": 3600});
    let short = issued(&authority.owner.expect(201, "POST", "/v1/tokens", Some(short)).await);
    let wire = Wire::to(authority.node.address).await;
    let house = GateHouse::following(&wire.url(), &authority.gate_token(&[AUDIENCE]).await, "");
    let clock = WallClock::in_folder(house.path());
    let gate = Arc::new(launch(&house, &clock).ready().await);
    let recorder: Arc<Recorder> = Arc::default();
    let watching = recorder.watch("gate", Arc::clone(&gate), vec![alive.clone(), first.clone(), second.clone()]);
    gate.comes_to(&short.text, 200).await;
    recorder.revoke(&authority, &first).await;
    gate.comes_to(&first.text, 401).await;

    // Ahead: what ends within two hours has ended, and nothing else is different.
    clock.set("+2h");
    gate.comes_to(&short.text, 401).await;
    assert!(gate.ask(&short.text).await.body.contains("expired"));
    differs_by_hours(&gate, 2.0).await;
    assert_eq!((gate.ask(&alive.text).await.status, gate.ask(&first.text).await.status), (200, 401));
    let age = gate.metric("jeton_gate_staleness_seconds").await;
    assert!(age < 2.0 && gate.check("change_log").await.0, "{age}");
    recorder.revoke(&authority, &second).await;
    gate.comes_to(&second.text, 401).await;

    // Back, to before any of them was issued: the gate's clock stands by what it said before, so nothing comes back.
    clock.set("-48h");
    let applied = gate.metric("jeton_gate_revision").await;
    let marker = authority.owner.issue("marker").await;
    until("the gate goes on following", async || (gate.metric("jeton_gate_revision").await > applied).then_some(())).await;
    for (token, status) in [(&alive, 200), (&marker, 200), (&first, 401), (&second, 401), (&short, 401)] {
        assert_eq!(gate.ask(&token.text).await.status, status);
    }

    // A wire that stalls is noticed in the time that it takes by the clock that nobody sets, however the other is set meanwhile.
    wire.set(Mode::Stalled);
    let stalled = Instant::now();
    clock.set("+10d");
    clock.set("-10d");
    until("the gate lets nothing pass", async || (gate.try_ask(&alive.text).await?.status == 503).then_some(())).await;
    let after = stalled.elapsed();
    assert!((Duration::from_millis(1400)..Duration::from_secs(6)).contains(&after), "it was believed for {after:?}");
    clock.set("-48h");
    assert_eq!(gate.ask(&alive.text).await.status, 503, "an earlier hour makes nothing young");
    wire.set(Mode::Whole);
    gate.comes_to(&alive.text, 200).await;

    // Another process begins no earlier than this one ended.
    watching.abort();
    let seen = recorder.judge("wall clock set");
    assert!(seen.passed > 0 && seen.refused > 0, "nothing was tried: {seen:?}");
    end(gate).await;
    let gate = launch(&house, &clock).ready().await;
    assert!(gate.ask(&short.text).await.body.contains("expired"));
    assert_eq!((gate.ask(&alive.text).await.status, gate.ask(&first.text).await.status), (200, 401));
}

/// Ends a gate that a watch may still hold for a moment.
async fn end(gate: Arc<Gate>) {
    let mut held = Some(gate);
    let gate = until("nobody watches the gate any more", async || match Arc::try_unwrap(held.take()?) {
        Ok(gate) => Some(gate),
        Err(shared) => {
            held = Some(shared);
            None
        }
    })
    .await;
    gate.stop().await;
}
