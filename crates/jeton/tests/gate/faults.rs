//! What breaks: the authority killed and stopped, the wire cut, stalled and slow, gates killed and started again, clocks that are
//! set, logs that are cut off. Through all of it nothing passes longer than promised after it was taken back.

use super::{
    caller::Issued,
    installation::{AUDIENCE, signal, until},
    recorder::{MAX_STALENESS, Recorder},
    rig::{Authority, Gate, GateHouse},
    wire::{Mode, Wire},
};
use std::{sync::Arc, time::Duration};

/// An authority and gates at the end of wires.
struct Scene {
    authority: Authority,
    wires: Vec<Wire>,
    houses: Vec<GateHouse>,
    gates: Vec<Arc<Gate>>,
    recorder: Arc<Recorder>,
    watching: Vec<tokio::task::JoinHandle<()>>,
}

impl Scene {
    /// So many gates, and tokens that are put to them without end.
    async fn of(gates: usize, tokens: usize) -> (Self, Vec<Issued>) {
        let authority = Authority::start().await;
        let credential = authority.gate_token(&[AUDIENCE]).await;
        let mut issued = Vec::new();
        for number in 0..tokens {
            issued.push(authority.owner.issue(&format!("token {number}")).await);
        }
        let mut scene =
            Self { authority, wires: Vec::new(), houses: Vec::new(), gates: Vec::new(), recorder: Arc::default(), watching: Vec::new() };
        for number in 0..gates {
            let wire = Wire::to(scene.authority.node.address).await;
            let house = GateHouse::following(&wire.url(), &credential, "");
            let gate = Arc::new(house.launch().ready().await);
            scene.watching.push(scene.recorder.watch(&format!("gate {number}"), Arc::clone(&gate), issued.clone()));
            scene.wires.push(wire);
            scene.houses.push(house);
            scene.gates.push(gate);
        }
        (scene, issued)
    }
    async fn revoke(&self, token: &Issued) {
        self.recorder.revoke(&self.authority, token).await;
    }
    /// Waits until a gate does not believe its memory any more: nothing passes, and it says so.
    async fn is_stale(&self, number: usize, alive: &Issued) {
        until("the gate lets nothing pass", async || (self.gates[number].try_ask(&alive.text).await?.status == 503).then_some(())).await;
        let (ready, detail) = self.gates[number].check("change_log").await;
        assert!(!ready && detail.starts_with("stale"), "{detail}");
    }
    /// Waits until a gate decides as it should: the living pass, the dead do not.
    async fn is_well(&self, number: usize, alive: &Issued, dead: &[&Issued]) {
        let gate = &self.gates[number];
        until("the gate is well again", async || {
            let mut well = gate.try_ask(&alive.text).await?.status == 200;
            for token in dead {
                well &= gate.try_ask(&token.text).await?.status == 401;
            }
            (well && gate.check("authority").await.0).then_some(())
        })
        .await;
    }
    fn end(self, what: &str) {
        self.watching.iter().for_each(tokio::task::JoinHandle::abort);
        let seen = self.recorder.judge(what);
        assert!(seen.passed > 0 && seen.refused > 0, "nothing was tried: {seen:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_gate_of_three_is_cut_off_and_the_others_go_on() {
    let (scene, tokens) = Scene::of(3, 4).await;
    let [alive, first, second, third] = &tokens[..] else { panic!("four tokens") };
    scene.revoke(first).await;
    scene.wires[1].set(Mode::Cut);
    scene.revoke(second).await;
    for number in [0, 2] {
        scene.is_well(number, alive, &[first, second]).await;
    }
    scene.is_stale(1, alive).await;
    scene.wires[1].set(Mode::Stalled);
    scene.revoke(third).await;
    scene.is_stale(1, alive).await;
    scene.wires[1].set(Mode::Whole);
    for number in 0..3 {
        scene.is_well(number, alive, &[first, second, third]).await;
    }
    scene.end("one gate of three cut off");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_is_stopped_is_not_waited_for_and_one_that_is_killed_loses_nothing() {
    let (mut scene, tokens) = Scene::of(1, 3).await;
    let [alive, first, second] = &tokens[..] else { panic!("three tokens") };
    signal("-STOP", scene.authority.node.pid());
    scene.is_stale(0, alive).await;
    signal("-CONT", scene.authority.node.pid());
    scene.revoke(first).await;
    scene.is_well(0, alive, &[first]).await;
    // Killed right after it acknowledged: what it acknowledged holds when it is back, and until then nothing passes for long.
    scene.revoke(second).await;
    let dead = scene.authority.kill();
    scene.recorder.look("at once", &scene.gates[0], second).await;
    until("the gate lets nothing pass", async || (scene.gates[0].try_ask(&alive.text).await?.status == 503).then_some(())).await;
    scene.authority = dead.start().await;
    scene.is_well(0, alive, &[first, second]).await;
    scene.end("authority stopped and killed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_wire_makes_nothing_look_newer_than_it_is() {
    let (scene, tokens) = Scene::of(1, 3).await;
    let [alive, first, second] = &tokens[..] else { panic!("three tokens") };
    // Slow, but fast enough.
    scene.wires[0].set(Mode::Slow(Duration::from_millis(150)));
    scene.revoke(first).await;
    scene.is_well(0, alive, &[first]).await;
    // So slow that an answer is older than a memory may be when it comes.
    scene.wires[0].set(Mode::Slow(Duration::from_millis(1300)));
    scene.revoke(second).await;
    tokio::time::timeout(Duration::from_secs(30), async {
        while scene.gates[0].try_ask(&second.text).await.is_none_or(|said| said.status == 200) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("a token that was taken back passes on and on");
    scene.wires[0].set(Mode::Whole);
    scene.is_well(0, alive, &[first, second]).await;
    scene.end("slow wire");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_that_is_killed_or_stopped_comes_back_as_new_as_the_others() {
    let (mut scene, tokens) = Scene::of(1, 5).await;
    let [alive, first, second, third, fourth] = &tokens[..] else { panic!("five tokens") };
    // Stopped: when it goes on, it does not know how long it was away until it asks.
    scene.gates[0].signal("-STOP");
    scene.revoke(first).await;
    tokio::time::sleep(MAX_STALENESS + Duration::from_millis(200)).await;
    scene.gates[0].signal("-CONT");
    scene.is_well(0, alive, &[first]).await;
    // Killed while it follows, while it is cut off, and while it stalls.
    for (mode, victim, dead) in
        [(Mode::Whole, second, vec![first, second]), (Mode::Cut, third, vec![first, second, third]), (Mode::Stalled, fourth, vec![fourth])]
    {
        scene.wires[0].set(mode);
        scene.watching.drain(..).for_each(|watching| watching.abort());
        let mut gate = scene.gates.pop().expect("a gate");
        let gate = loop {
            match Arc::try_unwrap(gate) {
                Ok(gate) => break gate,
                Err(shared) => gate = shared,
            }
            tokio::task::yield_now().await;
        };
        gate.kill();
        scene.revoke(victim).await;
        let gate = Arc::new(scene.houses[0].launch());
        scene.gates.push(Arc::clone(&gate));
        scene.watching.push(scene.recorder.watch("started again", gate, tokens.clone()));
        if mode != Mode::Whole {
            // It begins with its copy where it has one, and lets nothing pass on it.
            tokio::time::sleep(Duration::from_millis(500)).await;
            assert_ne!(scene.gates[0].try_ask(&alive.text).await.map(|said| said.status), Some(200));
        }
        scene.wires[0].set(Mode::Whole);
        scene.is_well(0, alive, &dead).await;
    }
    scene.end("gate killed and stopped");
}
