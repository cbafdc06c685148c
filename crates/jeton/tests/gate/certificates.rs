//! Certificates that expire while gates follow and are asked, and that are followed by good ones, without a restart on either side.

use super::{
    authorities::{CertificateAuthority, Life},
    caller::Caller,
    installation::{AUDIENCE, Installation, until},
    recorder::Recorder,
    rig::{Authority, GateHouse},
    wire::{Mode, Wire},
};
use std::sync::Arc;

const PAIR: &str = "[tls]\ncertificate = \"certificate.pem\"\nkey = \"key.pem\"\n";

fn says_expired(text: &str) -> bool {
    text.to_ascii_lowercase().contains("expired")
}

/// An authority over HTTPS.
async fn over_https(ca: &CertificateAuthority, name: &str) -> Authority {
    let installation = Installation::on_sqlite(PAIR);
    ca.write_pair(installation.path(), name, Life::Good);
    std::fs::write(installation.path().join("ca.pem"), &ca.pem).expect("a file");
    let node = installation.start().await;
    // The operator gets through whatever the certificate is.
    let client = reqwest::Client::builder().tls_danger_accept_invalid_certs(true).build().expect("a client");
    let owner = Caller::over(client, &format!("https://{}", node.address), &installation.owner);
    Authority::with(installation, node, owner).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_whose_certificate_has_expired_is_not_believed_until_it_has_another() {
    let ca = CertificateAuthority::new();
    let authority = over_https(&ca, "127.0.0.1").await;
    let (alive, dead) = (authority.owner.issue("alive").await, authority.owner.issue("dead").await);
    let wire = Wire::to(authority.node.address).await;
    let trust = format!("ca = \"{}\"", authority.installation.path().join("ca.pem").display());
    let url = format!("https://{}", wire.address);
    let credential = authority.gate_token(&[AUDIENCE]).await;
    let house = GateHouse::following(&url, &credential, &trust);
    let gate = Arc::new(house.launch().ready().await);
    let recorder: Arc<Recorder> = Arc::default();
    let watching = recorder.watch("gate", Arc::clone(&gate), vec![alive.clone(), dead.clone()]);
    gate.comes_to(&alive.text, 200).await;
    ca.write_pair(authority.installation.path(), "127.0.0.1", Life::Over);
    let read_again = |times: usize| authority.node.said().matches("the TLS certificate was read again").count() >= times;
    until("the authority shows the expired certificate", async || read_again(1).then_some(())).await;
    // A connection that stands is not looked at again: the next one is.
    wire.set(Mode::Cut);
    until("the connection is gone", async || (!gate.check("authority").await.0).then_some(())).await;
    wire.set(Mode::Whole);
    until("the gate says what is wrong", async || says_expired(&gate.check("authority").await.1).then_some(())).await;
    until("the gate lets nothing pass", async || (gate.ask(&alive.text).await.status == 503).then_some(())).await;
    assert!(says_expired(&gate.said()) && !gate.check("change_log").await.0);
    recorder.revoke(&authority, &dead).await;
    // A gate that begins now does not begin.
    let other = GateHouse::following(&url, &credential, &trust);
    let beginning = other.launch();
    until("it says why", async || says_expired(&beginning.said()).then_some(())).await;
    assert!(beginning.try_ask("x").await.is_none(), "it is open without knowing anything");
    ca.write_pair(authority.installation.path(), "127.0.0.1", Life::Good);
    until("the authority shows a good certificate", async || read_again(2).then_some(())).await;
    for gate in [&*gate, &beginning.ready().await] {
        gate.comes_to(&alive.text, 200).await;
        gate.comes_to(&dead.text, 401).await;
        until("it follows", async || gate.check("authority").await.0.then_some(())).await;
    }
    watching.abort();
    let seen = recorder.judge("certificate expired");
    assert!(seen.passed > 0 && seen.refused > 0, "nothing was tried: {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_another_signed_for_is_not_believed() {
    let (ca, other) = (CertificateAuthority::new(), CertificateAuthority::new());
    let authority = over_https(&ca, "127.0.0.1").await;
    let credential = authority.gate_token(&[AUDIENCE]).await;
    let url = format!("https://{}", authority.node.address);
    let trusted = authority.installation.path().join("other.pem");
    std::fs::write(&trusted, &other.pem).expect("a file");
    let house = GateHouse::following(&url, &credential, &format!("ca = \"{}\"", trusted.display()));
    let gate = house.launch();
    until("it says why", async || {
        let checks = gate.readiness().await?.to_string();
        checks.contains("certificate").then_some(())
    })
    .await;
    assert!(gate.try_ask("x").await.is_none(), "it is open without knowing anything");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gates_own_certificate_is_taken_up_again_and_connections_outlive_it() {
    let ca = CertificateAuthority::new();
    let authority = Authority::start().await;
    let token = authority.owner.issue("alive").await;
    let house = GateHouse::following(&authority.node.url(), &authority.gate_token(&[AUDIENCE]).await, &format!("\n{PAIR}"));
    ca.write_pair(house.path(), "127.0.0.1", Life::Good);
    let gate = house.launch().ready().await;
    let ask = async |client: &reqwest::Client| {
        let request = client.get(format!("https://{}/gate/check", gate.address)).bearer_auth(&token.text);
        let answer = request.header("x-original-method", "GET").header("x-original-uri", "/v1/orders/7").send().await;
        answer.map(|answer| answer.status().as_u16()).map_err(|fault| format!("{fault:?}"))
    };
    // It keeps its one connection.
    let standing = ca.client();
    assert_eq!(ask(&standing).await, Ok(200));
    ca.write_pair(house.path(), "127.0.0.1", Life::Over);
    until("who comes anew is shown the expired certificate", async || {
        ask(&ca.client()).await.err().filter(|fault| says_expired(fault)).map(drop)
    })
    .await;
    assert_eq!(ask(&standing).await, Ok(200), "the connection that stood was dropped");
    ca.write_pair(house.path(), "127.0.0.1", Life::Good);
    until("who comes anew is shown a good one", async || (ask(&ca.client()).await == Ok(200)).then_some(())).await;
    assert_eq!(ask(&standing).await, Ok(200));
    gate.stop().await;
}
