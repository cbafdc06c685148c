//! Start and end: what is acknowledged and used is still there after an orderly end, and nothing unsafe starts.

use super::{
    caller::{gate_route, gate_status},
    installation::{Installation, Node, free_address, program, run, until},
};
use serde_json::json;
use std::process::Command;

#[tokio::test]
async fn use_is_flushed_when_the_program_is_asked_to_end() {
    let installation = Installation::on_sqlite(&gate_route());
    let node = installation.start().await;
    let owner = installation.owner_of(&node);
    owner.declare_api().await;
    let token = owner.issue("flushed").await;
    for _ in 0..7 {
        assert_eq!(gate_status(&node, &token.text).await, 200);
    }
    // At once, before any interval of flushing has passed.
    let (status, said) = node.stop().await;
    assert!(status.success(), "ended with {status}:\n{said}");

    let node = installation.start().await;
    let owner = installation.owner_of(&node);
    let usage = owner.expect(200, "GET", &format!("/v1/tokens/{}/usage", token.id), None).await;
    let counted = counts(&usage);
    assert_eq!(counted, 7, "{usage}");
    assert_eq!(gate_status(&node, &token.text).await, 200);
}

/// The sum of all `count` members of an answer.
fn counts(value: &serde_json::Value) -> u64 {
    match value {
        serde_json::Value::Object(members) => {
            members.iter().map(|(name, value)| if name == "count" { value.as_u64().unwrap_or(0) } else { counts(value) }).sum()
        }
        serde_json::Value::Array(items) => items.iter().map(counts).sum(),
        _ => 0,
    }
}

#[tokio::test]
async fn a_request_that_is_under_way_is_answered_before_the_end() {
    let installation = Installation::on_sqlite("");
    let node = installation.start().await;
    let owner = installation.owner_of(&node);
    owner.declare_api().await;
    let mut lanes = Vec::new();
    for lane in 0..4 {
        let owner = owner.clone();
        lanes.push(tokio::spawn(async move {
            let mut issued = Vec::new();
            // Until the connection is refused: everything before that must have been answered whole.
            while let Ok(answer) = owner.send("POST", "/v1/tokens", Some(super::caller::order(&format!("lane {lane}")))).await {
                if answer.status != 201 {
                    break;
                }
                issued.push(super::caller::issued(&answer.body));
            }
            issued
        }));
    }
    until("some tokens are issued", async || {
        let page = owner.send("GET", "/v1/tokens?limit=5", None).await.ok()?;
        (page.body.to_string().matches("lane ").count() >= 4).then_some(())
    })
    .await;
    let (status, said) = node.stop().await;
    assert!(status.success(), "ended with {status}:\n{said}");
    let node = installation.start().await;
    let owner = installation.owner_of(&node);
    for lane in lanes {
        for token in lane.await.expect("a lane").iter().rev().take(20) {
            assert_eq!(owner.verify(&token.text).await, "ok");
        }
    }
}

#[tokio::test]
async fn plain_http_is_refused_off_loopback() {
    let installation = Installation::on_sqlite("");
    let mut command = Command::new(program());
    command.args(["serve", "--config", "jeton.toml"]).current_dir(installation.path()).env("JETON_LISTEN", "0.0.0.0:0");
    let output = command.output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("loopback") || said.contains("TLS") || said.contains("tls"), "{said}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_one_clear_error() {
    let installation = Installation::on_sqlite("");
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let mut command = Command::new(program());
    command.args(["serve", "--config", "jeton.toml"]).current_dir(installation.path());
    command.env("JETON_LISTEN", taken.local_addr().expect("an address").to_string()).env("JETON_OPS_LISTEN", free_address().to_string());
    let output = command.output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(&taken.local_addr().expect("an address").port().to_string()), "{said}");
}

#[tokio::test]
async fn a_second_initialisation_keeps_what_is_there() {
    let installation = Installation::on_sqlite("");
    let key = std::fs::read(installation.path().join("jeton-data/master.key")).expect("a master key");
    let output = run(installation.path(), &["init", "--json"]);
    assert!(!output.status.success(), "a second `init` succeeds: {}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(std::fs::read(installation.path().join("jeton-data/master.key")).expect("a master key"), key);
    let node: Node = installation.start().await;
    assert_eq!(installation.owner_of(&node).expect(200, "GET", "/v1/self", None).await["state"], "active");
}

#[cfg(unix)]
#[tokio::test]
async fn the_master_key_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let installation = Installation::on_sqlite("");
    let mode = std::fs::metadata(installation.path().join("jeton-data/master.key")).expect("a master key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// The link of `init` is replaced by each `init --owner`, and there is none once an owner can sign in.
#[tokio::test]
async fn init_prints_a_link_as_long_as_no_owner_can_sign_in() {
    let installation = Installation::on_sqlite("");
    let node = installation.start().await;
    let again = || -> serde_json::Value {
        let output = run(installation.path(), &["init", "--owner", "--json"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("one JSON document")
    };
    let link = again()["setup_url"].as_str().expect("a link").to_owned();
    assert!(link.starts_with("http://127.0.0.1:8700/setup?link=") && link != installation.setup_url, "{link}");
    let owner = installation.owner_of(&node);
    let users = owner.expect(200, "GET", "/v1/users", None).await;
    let path = format!("/v1/users/{}/password", users["items"][0]["id"].as_str().expect("the owner"));
    owner.expect(200, "PUT", &path, Some(json!({"password": "plum orbit velvet canyon"}))).await;
    assert_eq!(again()["setup_url"], serde_json::Value::Null);
    assert!(node.stop().await.0.success());
}
