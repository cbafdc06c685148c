//! Kills the program while everything of a subject is revoked: a cut that was answered holds after the restart, one that was not took
//! place whole or not at all, and what is issued afterwards lives.

use super::{
    caller::{Caller, Issued, issued, order},
    installation::Installation,
};
use jeton_store::testing::Cluster;
use serde_json::{Value, json};
use std::time::Duration;

const ROUNDS: u32 = 12;
const TOKENS: usize = 8;

async fn issue(owner: &Caller, subject: &str, number: usize) -> Issued {
    let mut body = order(&format!("{subject}-{number}"));
    body["subject"] = json!(subject);
    issued(&owner.expect(201, "POST", "/v1/tokens", Some(body)).await)
}

async fn rounds(installation: Installation) {
    let mut node = installation.start().await;
    installation.owner_of(&node).declare_api().await;
    let (mut answered, mut undone) = (Vec::<Issued>::new(), 0);
    for round in 0..ROUNDS {
        let (owner, subject) = (installation.owner_of(&node), format!("robot/{round}"));
        let mut tokens = Vec::new();
        for number in 0..TOKENS {
            tokens.push(issue(&owner, &subject, number).await);
            assert_eq!(owner.verify(&tokens[number].text).await, "ok");
        }
        let cutting = owner.send("POST", "/v1/revocations", Some(json!({"subject": subject, "reason": "test"})));
        // The moment of the kill is what is drawn; in every third round the answer comes first.
        let moment = if round % 3 == 0 { 2_000 } else { rand::random_range(0..12) };
        let outcome = tokio::time::timeout(Duration::from_millis(moment), cutting).await;
        node.kill();
        let was_answered = matches!(&outcome, Ok(Ok(answer)) if answer.status == 200);
        node = installation.start().await;
        let owner = installation.owner_of(&node);
        let mut codes = Vec::new();
        for token in &tokens {
            codes.push(owner.verify(&token.text).await);
        }
        let all = |code: &str| codes.iter().all(|own| own == code);
        assert!(all("revoked") || (!was_answered && all("ok")), "round {round}, answered {was_answered}: {codes:?}");
        match all("revoked") {
            true => answered.extend(tokens),
            false => undone += 1,
        }
        let later = issue(&owner, &subject, TOKENS).await;
        assert_eq!(owner.verify(&later.text).await, "ok", "round {round}");
        for token in answered.iter().rev().take(3 * TOKENS) {
            assert_eq!(owner.verify(&token.text).await, "revoked", "round {round}");
        }
    }
    println!("{} cuts took place, {undone} did not", answered.len() / TOKENS);
    assert!(answered.len() >= TOKENS * 4, "the kills came before the work");
    let cuts = installation.owner_of(&node).expect(200, "GET", "/v1/revocations", None).await;
    assert_eq!(cuts["items"].as_array().map(Vec::len), Some(answered.len() / TOKENS), "{cuts}");
    assert_eq!(cuts["next"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_holds_after_a_kill_on_sqlite() {
    rounds(Installation::on_sqlite("deadline_ms = 20000\n\n[log]\nlevel = \"warn\"\n")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_holds_after_a_kill_on_postgres() {
    let url = Cluster::shared().fresh_database();
    rounds(Installation::over(&url, "deadline_ms = 20000\n\n[log]\nlevel = \"warn\"\n")).await;
}
