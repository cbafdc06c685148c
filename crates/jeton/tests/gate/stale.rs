//! How old a gate's memory may be is the API's to say, and whether it serves longer where nobody can be asked.

use super::{
    installation::{AUDIENCE, until},
    rig::{Authority, GateHouse},
    wire::{Mode, Wire},
};
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_says_so_is_served_for_a_while_and_every_answer_is_marked() {
    let mut authority = Authority::start().await;
    authority.edit_api(json!({"serve_stale_seconds": 4})).await;
    let (token, other) = (authority.owner.issue("held").await, authority.owner.issue("not held").await);
    let wire = Wire::to(authority.node.address).await;
    let house = GateHouse::following(&wire.url(), &authority.gate_token(&[AUDIENCE]).await, "");
    let gate = house.launch().ready().await;
    let fresh = gate.ask(&token.text).await;
    assert_eq!((fresh.status, fresh.stale), (200, None));
    wire.set(Mode::Cut);
    let cut = Instant::now();
    let marked = until("an answer is marked", async || Some(gate.ask(&token.text).await).filter(|said| said.stale.is_some())).await;
    assert_eq!(marked.status, 200);
    assert!(cut.elapsed() >= Duration::from_millis(1400), "marked too early: {:?}", cut.elapsed());
    assert!(gate.metric("jeton_gate_served_stale_total").await >= 1.0);
    // What nobody knows of is not served, stale or not.
    let unknown = authority.owner.issue("issued meanwhile").await;
    assert_eq!(gate.ask(&unknown.text).await.status, 503);
    until("it is over", async || (gate.ask(&token.text).await.status == 503).then_some(())).await;
    let served = cut.elapsed();
    assert!(served <= Duration::from_millis(6400), "served for {served:?}");
    assert!(gate.ask(&other.text).await.retry_after);
    wire.set(Mode::Whole);
    gate.comes_to(&token.text, 200).await;
    gate.comes_to(&unknown.text, 200).await;
    assert_eq!(gate.ask(&token.text).await.stale, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strict_api_is_asked_for_sooner_and_heard_of_more_often() {
    let mut authority = Authority::start().await;
    let token = authority.owner.issue("strict").await;
    let wire = Wire::to(authority.node.address).await;
    let house = GateHouse::following(&wire.url(), &authority.gate_token(&[AUDIENCE]).await, "");
    let gate = house.launch().ready().await;
    // Told while it follows.
    authority.edit_api(json!({"max_staleness_ms": 300})).await;
    until("it is heard more often", async || {
        let before = gate.metric("jeton_gate_staleness_seconds").await;
        (before < 0.25 && gate.ask(&token.text).await.status == 200).then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    wire.set(Mode::Stalled);
    let stalled = Instant::now();
    until("it is not believed any more", async || (gate.ask(&token.text).await.status == 503).then_some(())).await;
    // The question itself takes as long as an authority is waited for; a memory of two seconds would take longer than both.
    assert!(stalled.elapsed() < Duration::from_millis(1900), "believed for {:?}", stalled.elapsed());
}
