//! An authority that is restored from a backup while gates follow it: what the backup does not know of is not forgotten by a gate
//! either, and what had to be suspended is refused there too.

use super::{
    caller::{Caller, Issued},
    installation::{AUDIENCE, Installation, run, until},
    recorder::Recorder,
    rig::{Authority, GateHouse},
};
use serde_json::Value;
use std::sync::Arc;

fn done(installation: &Installation, arguments: &[&str]) -> String {
    let output = run(installation.path(), arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// An authority with a token that lives and one that does not any more, though its backup says so; and a gate's token.
async fn with_a_backup() -> (Authority, [Issued; 2], Issued) {
    let authority = Authority::start().await;
    let tokens = [authority.owner.issue("alive").await, authority.owner.issue("dead").await];
    let credential = authority.gate_token(&[AUDIENCE]).await;
    let dead = authority.kill();
    done(&dead.installation, &["backup", "kept.jsonl"]);
    (dead.start().await, tokens, credential)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_revoked_after_the_backup_is_refused_before_and_after_the_restore() {
    let (authority, [alive, dead], credential) = with_a_backup().await;
    let house = GateHouse::following(&authority.node.url(), &credential, "");
    let gate = Arc::new(house.launch().ready().await);
    let recorder: Arc<Recorder> = Arc::default();
    let watching = recorder.watch("gate", Arc::clone(&gate), vec![alive.clone(), dead.clone()]);
    gate.comes_to(&dead.text, 200).await;
    recorder.revoke(&authority, &dead).await;
    let later = authority.owner.issue("issued after the backup").await;
    gate.comes_to(&later.text, 200).await;
    let away = authority.kill();
    done(&away.installation, &["restore", "kept.jsonl", "--force", "--yes"]);
    let authority = away.start().await;
    gate.comes_to(&alive.text, 200).await;
    gate.comes_to(&dead.text, 401).await;
    gate.comes_to(&later.text, 401).await;
    until("it follows", async || gate.check("authority").await.0.then_some(())).await;
    assert!(gate.said().contains("everything may have changed"), "{}", gate.said());
    recorder.revoke(&authority, &alive).await;
    gate.comes_to(&alive.text, 401).await;
    watching.abort();
    let seen = recorder.judge("authority restored");
    assert!(seen.passed > 0 && seen.refused > 0, "nothing was tried: {seen:?}");
}

/// Everything but the key file and the backup is gone, so nobody can tell what was revoked since: all are suspended, and the numbers
/// of the change log begin again where the backup ended. What stands at a place that the gate knows is another change now.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_written_anew_over_places_that_a_gate_knows_is_taken_as_another() {
    let (authority, [alive, dead], credential) = with_a_backup().await;
    let house = GateHouse::following(&authority.node.url(), &credential, "");
    let gate = house.launch().ready().await;
    authority.revoke(&dead.id).await;
    gate.comes_to(&dead.text, 401).await;
    gate.comes_to(&alive.text, 200).await;
    let mut away = authority.kill();
    let data = away.installation.path().join("jeton-data");
    std::fs::remove_dir_all(data.join("outside")).expect("the journal is lost");
    for entry in std::fs::read_dir(&data).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with("jeton.db")) {
            std::fs::remove_file(entry).expect("the database is lost");
        }
    }
    done(&away.installation, &["restore", "kept.jsonl", "--force", "--yes"]);
    let fresh = done(&away.installation, &["init", "--owner", "--json"]);
    let fresh: Value = serde_json::from_str(&fresh).expect("one JSON document");
    fresh["owner_token"].as_str().expect("a token").clone_into(&mut away.installation.owner);
    let authority = away.start().await;
    // The gate's own token sleeps as well.
    gate.comes_to(&alive.text, 503).await;
    let resume = async |owner: &Caller, id: &str| {
        owner.expect(200, "POST", &format!("/v1/tokens/{id}/resume"), Some(serde_json::json!({}))).await;
    };
    resume(&authority.owner, &credential.id).await;
    until("the gate follows", async || gate.check("authority").await.0.then_some(())).await;
    for token in [&alive, &dead] {
        gate.comes_to(&token.text, 401).await;
        assert!(gate.ask(&token.text).await.body.contains("suspended"));
    }
    resume(&authority.owner, &alive.id).await;
    gate.comes_to(&alive.text, 200).await;
    assert_eq!(gate.ask(&dead.text).await.status, 401);
}
