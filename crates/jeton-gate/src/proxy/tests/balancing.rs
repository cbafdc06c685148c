//! Several addresses behind one route: which of them a call goes to, what is tried again and what is not.

use super::rig::{PATIENCE, Rig, Upstream, eventually, start};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const BROKEN: &str = "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";

/// An address where nobody listens.
async fn nobody() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    listener.local_addr().expect("address")
}

/// Takes connections, reads something, and breaks off; counts the connections.
async fn breaks_off() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut io, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let mut some = [0; 64];
            let _ = io.read(&mut some).await;
        }
    });
    (address, count)
}

/// Takes connections and never answers.
async fn silent() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((io, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            kept.push(io);
        }
    });
    (address, count)
}

async fn rig(addresses: &[SocketAddr], more: Value) -> Rig {
    let mut route = json!({"path": "/v1/**", "upstream": addresses.iter().map(|one| format!("http://{one}")).collect::<Vec<_>>()});
    for (key, value) in more.as_object().expect("an object") {
        route[key] = value.clone();
    }
    start(addresses[0], &[route], &[]).await
}

async fn get(rig: &Rig) -> String {
    rig.send("GET /v1/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer TOKEN\r\n\r\n").await
}

async fn post(rig: &Rig) -> String {
    rig.send("POST /v1/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer TOKEN\r\nContent-Length: 5\r\n\r\nhello").await
}

#[tokio::test]
async fn each_has_its_turn() {
    let (one, two) = (Upstream::start(OK).await, Upstream::start(OK).await);
    let rig = rig(&[one.address, two.address], json!({})).await;
    for _ in 0..6 {
        assert!(get(&rig).await.starts_with("HTTP/1.1 200"));
    }
    assert_eq!((one.arrived().len(), two.arrived().len()), (3, 3));
    let host = |upstream: &Upstream| upstream.arrived()[0].headers.iter().find(|(name, _)| name == "host").map(|(_, value)| value.clone());
    assert_eq!(host(&one), Some(one.address.to_string()), "each is called by its own name");
    assert_eq!(host(&two), Some(two.address.to_string()));
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_done() {
    let alive = Upstream::start(OK).await;
    let rig = rig(&[nobody().await, alive.address], json!({})).await;
    for _ in 0..4 {
        assert!(get(&rig).await.starts_with("HTTP/1.1 200"));
        assert!(post(&rig).await.starts_with("HTTP/1.1 200"), "a body that nobody has read is sent to the next");
    }
    let arrived = alive.arrived();
    assert_eq!(arrived.len(), 8);
    assert!(arrived.iter().filter(|one| one.line.starts_with("POST")).all(|one| one.body == b"hello"));
}

#[tokio::test]
async fn what_may_have_been_done_is_not_done_again() {
    let alive = Upstream::start(OK).await;
    let (broken, count) = breaks_off().await;
    let rig = rig(&[broken, alive.address], json!({})).await;
    assert!(get(&rig).await.starts_with("HTTP/1.1 200"), "a GET goes to the next");
    assert_eq!(count.load(Ordering::SeqCst), 1);
    assert!(get(&rig).await.starts_with("HTTP/1.1 200"), "the second's turn");
    let answer = post(&rig).await;
    assert!(answer.starts_with("HTTP/1.1 502") && answer.contains("upstream_broken"), "{answer}");
    assert!(!alive.arrived().iter().any(|one| one.line.starts_with("POST")));
}

#[tokio::test]
async fn no_more_than_the_route_says() {
    let addresses = [nobody().await, nobody().await, nobody().await];
    let none = rig(&addresses, json!({"retries": 0})).await;
    assert!(get(&none).await.starts_with("HTTP/1.1 502"));
    let alive = Upstream::start(OK).await;
    let one = rig(&[nobody().await, nobody().await, alive.address], json!({"retries": 1})).await;
    assert!(get(&one).await.starts_with("HTTP/1.1 502"), "the first and the second");
    assert!(alive.arrived().is_empty());
}

#[tokio::test]
async fn one_that_keeps_failing_is_left_alone_for_a_while() {
    let alive = Upstream::start(OK).await;
    let (broken, count) = breaks_off().await;
    let rig = rig(&[broken, alive.address], json!({})).await;
    for _ in 0..20 {
        assert!(get(&rig).await.starts_with("HTTP/1.1 200"));
    }
    assert_eq!(count.load(Ordering::SeqCst), 3, "as often in a row as it takes");
    assert_eq!(alive.arrived().len(), 20);
}

#[tokio::test]
async fn the_one_with_the_fewest_calls_is_chosen() {
    let alive = Upstream::start(OK).await;
    let (stuck, count) = silent().await;
    let rig = rig(&[stuck, alive.address], json!({"balance": "least_requests"})).await;
    let mut waiting = rig.connect().await;
    let call = format!("GET /v1/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n\r\n", rig.token);
    waiting.write_all(call.as_bytes()).await.expect("write");
    eventually("the first call is under way", || count.load(Ordering::SeqCst) == 1).await;
    for _ in 0..6 {
        let answer = tokio::time::timeout(PATIENCE, get(&rig)).await.expect("an answer in time");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    assert_eq!((count.load(Ordering::SeqCst), alive.arrived().len()), (1, 6));
}

#[tokio::test]
async fn probes_take_an_address_out() {
    let (sick, well) = (Upstream::start(BROKEN).await, Upstream::start(OK).await);
    let health = json!({"path": "/healthz", "every_ms": 20, "fall": 2, "rise": 1});
    let rig = rig(&[sick.address, well.address], json!({"health": health})).await;
    get(&rig).await;
    let asked = |upstream: &Upstream| upstream.arrived().iter().filter(|one| one.line == "GET /healthz HTTP/1.1").count();
    eventually("both are asked", || asked(&sick) >= 3 && asked(&well) >= 3).await;
    assert!(
        sick.arrived()
            .iter()
            .filter(|one| one.line.contains("healthz"))
            .all(|one| !one.headers.iter().any(|(name, _)| name == "authorization"))
    );
    let before = sick.arrived().iter().filter(|one| !one.line.contains("healthz")).count();
    for _ in 0..6 {
        assert!(get(&rig).await.starts_with("HTTP/1.1 200"));
    }
    let after = sick.arrived().iter().filter(|one| !one.line.contains("healthz")).count();
    assert_eq!(before, after, "no call goes where probes fail");
}
