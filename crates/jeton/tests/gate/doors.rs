//! The doors of a gate elsewhere besides the question over HTTP that the other tests ask: Envoy's two, its own proxy and that one's log,
//! and a cut that reaches all of them.

use super::{
    caller::Issued,
    installation::{AUDIENCE, free_address, until},
    rig::{Authority, Gate, GateHouse},
};
use envoy_types::pb::envoy::service::auth::v3::{
    AttributeContext, CheckRequest,
    attribute_context::{HttpRequest, Peer, Request},
    authorization_client::AuthorizationClient,
};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// An API that tells what it was sent.
async fn api() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut io, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") && io.read_buf(&mut head).await.is_ok_and(|read| read > 0) {}
                let answer = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", head.len());
                let _ = io.write_all(&[answer.as_bytes(), &head].concat()).await;
            });
        }
    });
    address
}

/// A gate with a route that it passes on, whose every answer is logged.
async fn gate(authority: &Authority) -> (GateHouse, Gate) {
    let route = format!(
        "\n[[gate.route]]\npath = \"/own/**\"\naudience = \"{AUDIENCE}\"\nscopes = [\"orders:read\"]\nupstream = \"http://{}\"\n",
        api().await
    );
    let house = GateHouse::following(&authority.node.url(), &authority.gate_token(&[AUDIENCE]).await, &route);
    let gate = house.launch_with(&[("JETON_LOG__ACCESS", "1"), ("JETON_LOG__FORMAT", "json")]).ready().await;
    (house, gate)
}

/// The code of gRPC's that Envoy is told about a call with this token: 0 lets it pass.
async fn over_grpc(gate: &Gate, text: &str) -> i32 {
    let mut http =
        HttpRequest { method: "GET".into(), path: "/v1/orders/7".into(), host: "orders.example.com".into(), ..HttpRequest::default() };
    http.headers.insert("authorization".into(), format!("Bearer {text}"));
    let request = Request { http: Some(http), ..Request::default() };
    let attributes = AttributeContext { request: Some(request), source: Some(Peer::default()), ..AttributeContext::default() };
    let mut client = AuthorizationClient::connect(format!("http://{}", gate.address)).await.expect("a connection");
    let answer = client.check(CheckRequest { attributes: Some(attributes) }).await.expect("an answer").into_inner();
    answer.status.expect("a status").code
}

/// The status that Envoy is told over HTTP, where it puts the path behind that of the question.
async fn over_http(gate: &Gate, text: &str) -> u16 {
    let url = format!("http://{}/gate/check/v1/orders/7", gate.address);
    reqwest::Client::new().get(url).bearer_auth(text).send().await.expect("an answer").status().as_u16()
}

/// What a call through the gate comes to.
async fn through(gate: &Gate, text: &str) -> (u16, String) {
    let url = format!("http://{}/own/things?q=secret", gate.address);
    let answer = reqwest::Client::new().get(url).bearer_auth(text).send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("text"))
}

#[tokio::test(flavor = "multi_thread")]
async fn envoy_is_answered_over_grpc_and_over_http() {
    let authority = Authority::start().await;
    let token = authority.owner.issue("held").await;
    let (_house, gate) = gate(&authority).await;
    assert_eq!((over_grpc(&gate, &token.text).await, over_http(&gate, &token.text).await), (0, 200));
    assert_eq!(over_http(&gate, "nonsense").await, 401);
    assert_ne!(over_grpc(&gate, "nonsense").await, 0);
    authority.revoke(&token.id).await;
    gate.comes_to(&token.text, 401).await;
    assert_eq!(over_http(&gate, &token.text).await, 401);
    assert_ne!(over_grpc(&gate, &token.text).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_passed_on_and_logged_without_a_secret() {
    let authority = Authority::start().await;
    let token = authority.owner.issue("held").await;
    let (_house, gate) = gate(&authority).await;
    let (status, sent) = through(&gate, &token.text).await;
    assert!(status == 200 && sent.starts_with("GET /own/things?q=secret HTTP/1.1\r\n"), "{status}: {sent}");
    assert!(sent.to_ascii_lowercase().contains(&format!("jeton-token-id: {}", token.id).to_ascii_lowercase()), "{sent}");
    assert!(!sent.contains(&token.text), "the API was given the caller's token");
    assert_eq!(through(&gate, "nonsense").await.0, 401);
    let lines = until("both have their lines", async || {
        let said = gate.said();
        let all = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let own: Vec<Value> = all.filter(|line| line["target"] == "jeton::access" && line["path"] == "/own/things").collect();
        (own.len() == 2).then_some(own)
    })
    .await;
    assert_eq!((&lines[0]["status"], &lines[0]["token"]), (&json!(200), &json!(token.id)), "{lines:?}");
    assert_eq!((&lines[1]["status"], &lines[1]["token"]), (&json!(401), &Value::Null), "{lines:?}");
    let said = gate.said();
    assert!(!said.contains(&token.text[20..]) && !said.contains("q=secret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_reaches_every_door() {
    let authority = Authority::start().await;
    let of_subject = async |subject: &str| -> Issued {
        let order = json!({"kind": "pat", "name": subject, "subject": subject, "audience": [AUDIENCE], "scopes": ["orders:read"]});
        super::caller::issued(&authority.owner.expect(201, "POST", "/v1/tokens", Some(order)).await)
    };
    let (first, second, other) = (of_subject("robot/7").await, of_subject("robot/7").await, of_subject("robot/8").await);
    let (_house, gate) = gate(&authority).await;
    for token in [&first, &second, &other] {
        assert_eq!(gate.ask(&token.text).await.status, 200);
    }
    let cut = json!({"subject": "robot/7", "reason": "leaked", "wait": true});
    let told = authority.owner.expect(200, "POST", "/v1/revocations", Some(cut)).await;
    assert_eq!(told["everywhere"], json!(true), "{told}");
    for token in [&first, &second] {
        assert_eq!(gate.ask(&token.text).await.status, 401, "the gate said that it knows");
        assert_eq!((over_http(&gate, &token.text).await, through(&gate, &token.text).await.0), (401, 401));
        assert_ne!(over_grpc(&gate, &token.text).await, 0);
    }
    assert_eq!((gate.ask(&other.text).await.status, over_grpc(&gate, &other.text).await), (200, 0));
    let later = of_subject("robot/7").await;
    gate.comes_to(&later.text, 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_somebody_has_is_told_at_once_though_the_authority_is_away() {
    let authority = Authority::start().await;
    let credential = authority.gate_token(&[AUDIENCE]).await;
    let house = GateHouse::following(&format!("http://{}", free_address()), &credential, "");
    let _somebody = std::net::TcpListener::bind(house.address).expect("a port");
    let gate = house.launch();
    let log = house.path().join("gate.log");
    assert!(!gate.ended().await.success());
    let said = std::fs::read_to_string(log).expect("a log");
    assert!(said.contains(&format!("`{}` cannot be listened on", house.address)), "{said}");
}
