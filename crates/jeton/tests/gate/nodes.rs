//! An authority of two nodes on PostgreSQL: gates follow one node, and what is revoked at the other holds at them as well, whatever
//! happens to the node that they follow or to the wire.

use super::{
    installation::{AUDIENCE, Installation, Node, free_address, signal, until},
    recorder::Recorder,
    rig::{Authority, GateHouse},
    wire::{Mode, Wire},
};
use jeton_store::testing::Cluster;
use serde_json::json;
use std::{net::SocketAddr, sync::Arc};
use tempfile::TempDir;

/// The node that gates follow, in a folder of its own as on a machine of its own: with the configuration and the key file, and nothing
/// else.
struct Followed(TempDir);

impl Followed {
    fn of(installation: &Installation) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("jeton-data")).expect("a folder");
        for file in ["jeton.toml", "jeton-data/master.key"] {
            std::fs::copy(installation.path().join(file), folder.path().join(file)).expect("a file");
        }
        Self(folder)
    }
    async fn start_at(&self, address: SocketAddr) -> Node {
        Node::launch(self.0.path(), address, free_address()).ready().await
    }
}

/// Two nodes: the first is the one that is spoken to.
async fn two() -> (Authority, Followed, Node) {
    let authority = Authority::of(Installation::over(&Cluster::shared().fresh_database(), "")).await;
    let followed = Followed::of(&authority.installation);
    let node = followed.start_at(free_address()).await;
    (authority, followed, node)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_of_one_node_knows_what_the_other_did_and_is_waited_for() {
    let (authority, _folder, followed) = two().await;
    let (before, credential) = (authority.owner.issue("before").await, authority.gate_token(&[AUDIENCE]).await);
    let house = GateHouse::following(&followed.url(), &credential, "");
    let gate = house.launch().ready().await;
    gate.comes_to(&before.text, 200).await;
    let after = authority.owner.issue("after").await;
    gate.comes_to(&after.text, 200).await;
    until("the node that is spoken to knows the gate", async || {
        let listed = authority.owner.expect(200, "GET", "/v1/verifiers", None).await.to_string();
        listed.contains(&credential.id).then_some(())
    })
    .await;
    for token in [&before, &after] {
        let arguments = ["token", "revoke", &token.id, "--reason", "tried", "--wait=20"];
        let output = authority.installation.command(&authority.node, &arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(gate.ask(&token.text).await.status, 401, "the gate said that it knows");
    }
    // One that hangs is named at the node that is spoken to.
    let last = authority.owner.issue("last").await;
    gate.comes_to(&last.text, 200).await;
    gate.signal("-STOP");
    let revoke = format!("/v1/tokens/{}/revoke", last.id);
    let told = authority.owner.expect(200, "POST", &revoke, Some(json!({"wait": 1}))).await;
    gate.signal("-CONT");
    assert_eq!(told["everywhere"], json!(false), "{told}");
    assert!(told.to_string().contains(&credential.id), "{told}");
    gate.comes_to(&last.text, 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_passes_longer_than_promised_whatever_happens_to_the_node_that_is_followed() {
    let (authority, folder, followed) = two().await;
    let credential = authority.gate_token(&[AUDIENCE]).await;
    let mut tokens = Vec::new();
    for number in 0..5 {
        tokens.push(authority.owner.issue(&format!("token {number}")).await);
    }
    let wire = Wire::to(followed.address).await;
    let house = GateHouse::following(&wire.url(), &credential, "");
    let gate = Arc::new(house.launch().ready().await);
    let recorder: Arc<Recorder> = Arc::default();
    let watching = recorder.watch("gate", Arc::clone(&gate), tokens.clone());
    let [alive, first, second, third, fourth] = &tokens[..] else { panic!("five tokens") };
    let is_stale = async || until("the gate lets nothing pass", async || (gate.ask(&alive.text).await.status == 503).then_some(())).await;
    let is_well = async |dead: &[&super::caller::Issued]| {
        until("the gate is well again", async || {
            let mut well = gate.check("authority").await.0 && gate.ask(&alive.text).await.status == 200;
            for token in dead {
                well &= gate.ask(&token.text).await.status == 401;
            }
            well.then_some(())
        })
        .await;
    };
    recorder.revoke(&authority, first).await;
    is_well(&[first]).await;
    wire.set(Mode::Cut);
    recorder.revoke(&authority, second).await;
    is_stale().await;
    wire.set(Mode::Whole);
    is_well(&[first, second]).await;
    // The node stands still while the other goes on.
    signal("-STOP", followed.pid());
    recorder.revoke(&authority, third).await;
    is_stale().await;
    signal("-CONT", followed.pid());
    is_well(&[first, second, third]).await;
    // It is killed, and started again at its place.
    let address = followed.address;
    followed.kill();
    recorder.revoke(&authority, fourth).await;
    is_stale().await;
    let _followed = folder.start_at(address).await;
    is_well(&[first, second, third, fourth]).await;
    watching.abort();
    let seen = recorder.judge("two nodes on PostgreSQL");
    assert!(seen.passed > 0 && seen.refused > 0, "nothing was tried: {seen:?}");
}
