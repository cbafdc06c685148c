//! The sealed copy: a gate starts while its authority is away, and says so.

use super::{
    installation::{AUDIENCE, until},
    rig::{Authority, GateHouse},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_starts_from_its_copy_while_the_authority_is_away() {
    let mut authority = Authority::start().await;
    authority.edit_api(json!({"serve_stale_seconds": 600})).await;
    let token = authority.owner.issue("held").await;
    let dead = authority.owner.issue("taken back").await;
    let credential = authority.gate_token(&[AUDIENCE]).await;
    let house = GateHouse::following(&authority.node.url(), &credential, "");
    let gate = house.launch().ready().await;
    authority.revoke(&dead.id).await;
    gate.comes_to(&dead.text, 401).await;
    gate.stop().await;
    assert!(house.path().join("jeton-data/gate.copy").exists());
    let away = authority.kill();
    let gate = house.launch().open().await;
    let (ready, detail) = gate.check("authority").await;
    assert!(!ready && detail.contains("from sealed copy"), "{detail}");
    // The API lets it be served; how old it is, is known although another process took it.
    let said = until("an answer is marked", async || Some(gate.ask(&token.text).await).filter(|said| said.stale.is_some())).await;
    assert!(said.status == 200, "{said:?}");
    assert_eq!(gate.ask(&dead.text).await.status, 401);
    let authority = away.start().await;
    authority.revoke(&token.id).await;
    gate.comes_to(&token.text, 401).await;
    until("it follows", async || gate.check("authority").await.0.then_some(())).await;
    assert!(gate.check("authority").await.1.starts_with("following"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_leave_of_the_api_a_copy_lets_nothing_pass_and_another_token_opens_none() {
    let authority = Authority::start().await;
    let token = authority.owner.issue("held").await;
    let credential = authority.gate_token(&[AUDIENCE]).await;
    let house = GateHouse::following(&authority.node.url(), &credential, "");
    house.launch().ready().await.stop().await;
    let other = authority.gate_token(&[AUDIENCE]).await;
    let _away = authority.kill();
    let gate = house.launch().open().await;
    // Fresh for as long as any memory is, by the clock that went on.
    until("it lets nothing pass", async || (gate.ask(&token.text).await.status == 503).then_some(())).await;
    gate.kill();
    let gate = house.launch_with(&[("JETON_TOKEN", &other.text)]);
    until("the copy is refused", async || gate.said().contains("the sealed copy is not used").then_some(())).await;
    assert!(gate.try_ask(&token.text).await.is_none(), "it is open without knowing anything");
}
