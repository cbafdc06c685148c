//! Another program takes a gate's place on SIGUSR2: the same process and socket, the sealed copy, and nobody who calls notices.

use super::{
    calling::{Seen, keep_calling},
    installation::{AUDIENCE, until},
    rig::{Authority, Gate, GateHouse},
};
use serde_json::json;
use std::sync::{Arc, atomic::Ordering};

/// Sends the signal and waits for the next program to be open.
async fn replace(gate: &Gate, times: usize) {
    gate.signal("-USR2");
    until("the next program is open", async || (gate.said().matches("the gate is open").count() == times + 1).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_notices_that_another_gate_took_over() {
    let mut authority = Authority::start().await;
    authority.edit_api(json!({"serve_stale_seconds": 600})).await;
    let (token, dead) = (authority.owner.issue("held").await, authority.owner.issue("dead").await);
    let house = GateHouse::following(&authority.node.url(), &authority.gate_token(&[AUDIENCE]).await, "");
    let gate = house.launch().ready().await;
    gate.comes_to(&dead.text, 200).await;
    authority.revoke(&dead.id).await;
    gate.comes_to(&dead.text, 401).await;
    let seen = Arc::new(Seen::default());
    let request = format!(
        "GET /gate/check HTTP/1.1\r\nHost: a\r\nX-Original-Method: GET\r\nX-Original-URI: /v1/orders/7\r\nAuthorization: Bearer {}\r\n",
        token.text
    );
    let callers: Vec<_> =
        (0..6).map(|number| tokio::spawn(keep_calling(gate.address, request.clone(), number % 2 == 0, Arc::clone(&seen)))).collect();
    let more = async |by: usize| {
        let so_far = seen.answered.load(Ordering::SeqCst);
        until("callers are answered", async || (seen.answered.load(Ordering::SeqCst) > so_far + by).then_some(())).await;
    };
    more(50).await;
    replace(&gate, 1).await;
    more(50).await;
    gate.comes_to(&dead.text, 401).await;
    until("it follows", async || gate.check("change_log").await.0.then_some(())).await;
    // While the authority is away it goes on with what the one before knew.
    let away = authority.kill();
    replace(&gate, 2).await;
    more(50).await;
    assert!(gate.said().contains("begins with its sealed copy"), "{}", gate.said());
    assert_eq!(gate.ask(&dead.text).await.status, 401);
    seen.enough.store(true, Ordering::SeqCst);
    for caller in callers {
        caller.await.expect("a caller");
    }
    assert_eq!(seen.dropped.load(Ordering::SeqCst), 0, "of {} calls", seen.answered.load(Ordering::SeqCst));
    let authority = away.start().await;
    authority.revoke(&token.id).await;
    gate.comes_to(&token.text, 401).await;
    gate.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_that_is_not_open_yet_has_nothing_to_hand_on() {
    let authority = Authority::start().await;
    let (token, credential) = (authority.owner.issue("held").await, authority.gate_token(&[AUDIENCE]).await);
    let house = GateHouse::following(&authority.node.url(), &credential, "");
    let away = authority.kill();
    let gate = house.launch();
    until("it waits for its authority", async || gate.said().contains("the authority is not heard").then_some(())).await;
    gate.signal("-USR2");
    until("it says so", async || gate.said().contains("not open yet").then_some(())).await;
    let _authority = away.start().await;
    let gate = gate.ready().await;
    gate.comes_to(&token.text, 200).await;
}
