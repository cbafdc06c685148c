//! A change log that does not arrive as it was told: stretches are dropped, turned around, said twice, replayed or cut off, and old
//! answers are given for new ones. The gate notices, takes nothing of it in, and asks again.

use super::{
    caller::{Caller, Issued},
    installation::{AUDIENCE, until},
    middle::{Middle, Spoil},
    recorder::Recorder,
    rig::{Authority, Gate, GateHouse},
};
use serde_json::json;
use std::sync::Arc;

/// Waits until the gate says of its authority what is wrong.
async fn complains(gate: &Gate, of: &str) {
    let mut last = String::new();
    until(&format!("the gate says `{of}`"), async || {
        let (ready, detail) = gate.check("authority").await;
        let is_it = !ready && detail.contains(of);
        // How long it has not heard of it goes before that.
        let why = detail.split_once(": ").map_or("nothing", |(_, why)| why);
        if why != last {
            println!("while it should say `{of}`, the gate says: {why}");
            why.clone_into(&mut last);
        }
        is_it.then_some(())
    })
    .await;
}

/// Waits until the gate follows again and knows what is alive and what is not.
async fn is_well(gate: &Gate, alive: &Issued, dead: &[&Issued]) {
    until("the gate is well again", async || {
        let mut well = gate.check("authority").await.0 && gate.ask(&alive.text).await.status == 200;
        for token in dead {
            well &= gate.ask(&token.text).await.status == 401;
        }
        well.then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_spoilt_on_the_way_is_noticed_and_nothing_of_it_is_taken_in() {
    let authority = Authority::start().await;
    let alive = authority.owner.issue("alive").await;
    let middle = Middle::before(authority.node.address).await;
    let house = GateHouse::following(&middle.url(), &authority.gate_token(&[AUDIENCE]).await, "");
    let gate = Arc::new(house.launch().ready().await);
    let recorder: Arc<Recorder> = Arc::default();
    let mut watching = vec![recorder.watch("gate", Arc::clone(&gate), vec![alive.clone()])];
    let spoils = [
        (Spoil::DropsOne, "missing"),
        (Spoil::DropsAll, "missing"),
        (Spoil::Reorders, "not in their order"),
        (Spoil::Repeats, "repeated"),
        (Spoil::Replays, "another question"),
        (Spoil::Disguises, "repeated"),
        (Spoil::Cuts, "cannot be read"),
    ];
    for (spoil, said) in spoils {
        let dead = [authority.owner.issue("first").await, authority.owner.issue("second").await];
        for token in &dead {
            gate.comes_to(&token.text, 200).await;
        }
        watching.push(recorder.watch(&format!("{spoil:?}"), Arc::clone(&gate), dead.to_vec()));
        // Both revocations in one answer, which is then spoilt.
        middle.set(Spoil::Holds);
        until("a question is held", async || (middle.spoilt() > 0).then_some(())).await;
        for token in &dead {
            recorder.revoke(&authority, token).await;
        }
        middle.set(spoil);
        complains(&gate, said).await;
        assert!(middle.spoilt() > 0, "{spoil:?}: nothing was spoilt");
        middle.set(Spoil::Nothing);
        is_well(&gate, &alive, &[&dead[0], &dead[1]]).await;
    }
    // One that goes on and on: the gate asks for each token, and where it cannot it refuses.
    let dead = authority.owner.issue("last").await;
    gate.comes_to(&dead.text, 200).await;
    watching.push(recorder.watch("for long", Arc::clone(&gate), vec![dead.clone()]));
    middle.set(Spoil::DropsAll);
    recorder.revoke(&authority, &dead).await;
    until("its memory is not believed any more", async || (!gate.check("change_log").await.0).then_some(())).await;
    assert_eq!((gate.ask(&alive.text).await.status, gate.ask(&dead.text).await.status), (200, 401), "they are asked for");
    middle.set(Spoil::Nothing);
    is_well(&gate, &alive, &[&dead]).await;
    watching.iter().for_each(tokio::task::JoinHandle::abort);
    let seen = recorder.judge("log spoilt on the way");
    assert!(seen.passed > 0 && seen.refused > 0, "nothing was tried: {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_snapshot_and_old_records_bring_nobody_back() {
    let authority = Authority::start().await;
    let (alive, dead) = (authority.owner.issue("alive").await, authority.owner.issue("dead").await);
    let middle = Middle::before(authority.node.address).await;
    let credential = authority.gate_token(&[AUDIENCE]).await;
    // What the middle keeps: everybody is alive.
    let house = GateHouse::following(&middle.url(), &credential, "");
    let gate = house.launch().ready().await;
    assert_eq!(gate.ask(&dead.text).await.status, 200);
    gate.stop().await;
    let asked = json!({"tokens": [{"id": dead.id}]});
    Caller::new(&middle.url(), &credential.text).expect(200, "POST", "/v1/gate/records", Some(asked)).await;
    middle.set(Spoil::AnswersOld);
    authority.revoke(&dead.id).await;
    // Another gate begins after that.
    let house = GateHouse::following(&middle.url(), &credential, "");
    let gate = house.launch().open().await;
    until("old answers were given", async || (middle.spoilt() > 0).then_some(())).await;
    until("the old snapshot is refused", async || gate.said().contains("the snapshot broke off").then_some(())).await;
    for _ in 0..3 {
        assert_eq!(gate.ask(&dead.text).await.status, 503, "{}", gate.said());
    }
    middle.set(Spoil::Nothing);
    until("a true snapshot is loaded", async || gate.check("memory").await.1.contains("tokens are known").then_some(())).await;
    is_well(&gate, &alive, &[&dead]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_whose_log_went_back_is_not_followed_until_somebody_says_so() {
    let authority = Authority::start().await;
    let (alive, dead) = (authority.owner.issue("alive").await, authority.owner.issue("dead").await);
    let middle = Middle::before(authority.node.address).await;
    let house = GateHouse::following(&middle.url(), &authority.gate_token(&[AUDIENCE]).await, "");
    let gate = house.launch().ready().await;
    authority.revoke(&dead.id).await;
    gate.comes_to(&dead.text, 401).await;
    middle.set(Spoil::GoesBack);
    complains(&gate, "older data were put back").await;
    middle.set(Spoil::Nothing);
    until("its memory is not believed any more", async || (!gate.check("change_log").await.0).then_some(())).await;
    assert_eq!((gate.ask(&alive.text).await.status, gate.ask(&dead.text).await.status), (200, 401), "they are asked for");
    let (ready, detail) = gate.check("authority").await;
    assert!(!ready && detail.contains("until this gate is started again"), "{detail}");
    gate.stop().await;
    let gate = house.launch().ready().await;
    is_well(&gate, &alive, &[&dead]).await;
}
