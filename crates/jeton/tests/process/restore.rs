//! After a restore that had to suspend every token, the owner's included: whoever holds the master key and the database gets in
//! again, and gives back what is good.

use super::{
    caller::{Caller, gate_route, gate_status},
    installation::{Installation, run, until},
};
use jeton_store::testing::Cluster;
use serde_json::Value;
use std::process::Output;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_gets_in_again_on_sqlite() {
    gets_in_again(Installation::on_sqlite(&gate_route())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_gets_in_again_on_postgresql() {
    gets_in_again(Installation::over(&Cluster::shared().fresh_database(), &gate_route())).await;
}

async fn gets_in_again(mut installation: Installation) {
    let node = installation.start().await;
    let owner = installation.owner_of(&node);
    owner.declare_api().await;
    let tokens = [owner.issue("one").await, owner.issue("two").await, owner.issue("three").await];
    let (status, said) = node.stop().await;
    assert!(status.success(), "{said}");
    let folder = installation.path().to_owned();
    ok(run(&folder, &["backup", "kept.jsonl"]));
    // As on a server with several nodes: this folder cannot tell what the others did since.
    std::fs::remove_dir_all(folder.join("jeton-data/outside")).expect("the journal is lost");
    let restored = ok(run(&folder, &["restore", "kept.jsonl", "--force", "--yes"]));
    let told = String::from_utf8_lossy(&restored.stderr).into_owned();
    assert!(told.contains("jeton init --owner") && told.contains("suspended"), "{told}");

    let node = installation.start().await;
    let shut_out = installation.owner_of(&node).send("GET", "/v1/tokens", None).await.expect("an answer");
    assert_eq!(shut_out.status, 401, "the old owner's token sleeps too");
    assert_eq!(gate_status(&node, &tokens[0].text).await, 401);
    // While the authority runs: it hears of the new token as of any other process's commit.
    let fresh: Value = serde_json::from_slice(&ok(run(&folder, &["init", "--owner", "--json"])).stdout).expect("one JSON document");
    fresh["owner_token"].as_str().expect("a token").clone_into(&mut installation.owner);
    let owner: Caller = installation.owner_of(&node);
    until("the fresh token is known", async || (owner.send("GET", "/v1/self", None).await.ok()?.status == 200).then_some(())).await;
    let sleeping = ok(installation.command(&node, &["token", "list", "--state", "suspended", "--json"]));
    let listed = String::from_utf8_lossy(&sleeping.stdout).into_owned();
    assert!(tokens.iter().all(|token| listed.contains(&token.id)), "{listed}");
    ok(installation.command(&node, &["token", "resume", &tokens[0].id, &tokens[1].id, "--comment", "looked at"]));
    let statuses = [gate_status(&node, &tokens[0].text).await, gate_status(&node, &tokens[1].text).await];
    assert_eq!((statuses, gate_status(&node, &tokens[2].text).await), ([200, 200], 401));
    // One that is awake already does not keep the others from it, and is told.
    let mixed = installation.command(&node, &["token", "resume", &tokens[0].id, &tokens[2].id]);
    assert_eq!(mixed.status.code(), Some(1), "{}", String::from_utf8_lossy(&mixed.stderr));
    assert_eq!(gate_status(&node, &tokens[2].text).await, 200);
    let events = owner.expect(200, "GET", "/v1/audit?action=token.issue", None).await.to_string();
    assert!(events.contains("\"cli\""), "{events}");
    let (status, said) = node.stop().await;
    assert!(status.success(), "{said}");
    let examined = ok(run(&folder, &["doctor"]));
    assert!(String::from_utf8_lossy(&examined.stdout).contains("change log"), "{examined:?}");
}

/// What a command said, where it did what it was told.
#[track_caller]
fn ok(output: Output) -> Output {
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    output
}
