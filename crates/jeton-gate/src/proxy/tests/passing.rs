//! What reaches the API and what comes back.

use super::rig::{Upstream, read_answer, read_request, read_to_end, start};
use serde_json::json;
use std::time::Duration;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: text/plain\r\n\r\nok";

fn read_route() -> serde_json::Value {
    json!({"path": "/v1/**", "scopes": ["orders:read"]})
}

#[tokio::test]
async fn an_admitted_request_is_written_anew() {
    let upstream = Upstream::start(OK).await;
    let rig = start(upstream.address, &[read_route()], &[]).await;
    let answer = rig
        .send(
            "POST /v1/%6frders?a=b&c=%2F HTTP/1.1\r\nHost: API.example:80\r\nAuthorization: Bearer TOKEN\r\nContent-Length: 5\r\n\
             Accept: a/b\r\nCookie: c=d\r\nX-Forwarded-For: 10.0.0.1\r\nx_forwarded_host: evil\r\nJeton-Subject: admin\r\n\
             X-Real-IP: 10.0.0.1\r\nConnection: x-hop, keep-alive\r\nX-Hop: gone\r\nTransfer_Encoding: chunked\r\nVia: 1.1 before\r\n\r\nhello",
        )
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nok"), "{answer}");
    assert!(answer.contains("\r\nvia: 1.1 jeton\r\n") && answer.contains("\r\ndate: "), "{answer}");
    let arrived = upstream.only();
    assert_eq!(arrived.line, "POST /v1/orders?a=b&c=%2F HTTP/1.1");
    assert_eq!(arrived.body, b"hello");
    let id = rig.token_id.to_string();
    let wanted = [
        ("host", upstream.address.to_string()),
        ("x-forwarded-for", "127.0.0.1".into()),
        ("x-forwarded-host", "API.example:80".into()),
        ("x-forwarded-proto", "http".into()),
        ("jeton-subject", "robot".into()),
        ("jeton-token-id", id),
        ("jeton-scopes", "orders:read".into()),
        ("accept", "a/b".into()),
        ("cookie", "c=d".into()),
        ("content-length", "5".into()),
    ];
    for (name, value) in &wanted {
        assert_eq!(arrived.values(name), [value], "{name}");
    }
    assert_eq!(arrived.values("via"), ["1.1 before", "1.1 jeton"]);
    for gone in ["authorization", "x-hop", "x_forwarded_host", "x-real-ip", "transfer_encoding", "connection"] {
        assert!(arrived.values(gone).is_empty(), "{gone}: {arrived:?}");
    }
}

#[tokio::test]
async fn what_a_route_keeps_is_kept() {
    let upstream = Upstream::start(OK).await;
    let rig = start(upstream.address, &[json!({"path": "/**", "keep_authorization": true, "keep_host": true})], &[]).await;
    rig.send("GET / HTTP/1.1\r\nHost: API.example\r\nAuthorization: Bearer TOKEN\r\n\r\n").await;
    let arrived = upstream.only();
    assert_eq!(arrived.values("host"), ["API.example"]);
    assert_eq!(arrived.values("authorization"), [format!("Bearer {}", rig.token)]);
}

#[tokio::test]
async fn a_trusted_proxy_is_believed_about_its_client() {
    let upstream = Upstream::start(OK).await;
    let rig = start(upstream.address, &[read_route()], &["127.0.0.1"]).await;
    rig.send("GET /v1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer TOKEN\r\nX-Forwarded-For: 10.9.9.9, 192.0.2.1\r\nX-Forwarded-Proto: https\r\n\r\n").await;
    let arrived = upstream.only();
    assert_eq!((arrived.values("x-forwarded-for"), arrived.values("x-forwarded-proto")), (vec!["192.0.2.1"], vec!["https"]));
}

#[tokio::test]
async fn how_new_an_answer_must_be_is_said_by_trusted_proxies_and_nobody_else() {
    let request = |line: &str| format!("GET /v1/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer TOKEN\r\n{line}\r\n");
    let lines = [
        ("Jeton-Min-Revision: 0\r\n", "200"),
        ("Jeton-Min-Revision: 999\r\n", "503"),
        ("Jeton-Min-Revision: nonsense\r\n", "400"),
        ("Jeton-Min-Revision: 0\r\nJeton-Min-Revision: 0\r\n", "400"),
        ("jeton_min_revision: 999\r\n", "200"),
    ];
    for (trusted, believed) in [(&["127.0.0.1"][..], true), (&["192.0.2.1"], false)] {
        let upstream = Upstream::start(OK).await;
        let rig = start(upstream.address, &[read_route()], trusted).await;
        for (line, status) in lines {
            let status = if believed { status } else { "200" };
            let answer = rig.send(&request(line)).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line} {believed}: {answer}");
        }
        let arrived = upstream.arrived();
        assert!(arrived.iter().all(|one| one.headers.iter().all(|(name, _)| !name.contains("revision"))), "{arrived:?}");
    }
}

#[tokio::test]
async fn bodies_stream_both_ways_before_they_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let rig = start(listener.local_addr().expect("address"), &[read_route()], &[]).await;
    let mut client = rig.connect().await;
    let head = format!(
        "POST /v1/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n",
        rig.token
    );
    client.write_all(head.as_bytes()).await.expect("write");
    let (mut behind, _) = listener.accept().await.expect("accept");
    // The first piece is here before the client sent the second.
    let mut got = Vec::new();
    while !got.ends_with(b"5\r\nfirst\r\n") {
        tokio::io::AsyncReadExt::read_buf(&mut behind, &mut got).await.expect("read");
    }
    // And the answer begins, and a piece of it arrives, before the request ends.
    behind.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n").await.expect("write");
    let mut answer = Vec::new();
    while !answer.ends_with(b"3\r\none\r\n") {
        tokio::io::AsyncReadExt::read_buf(&mut client, &mut answer).await.expect("read");
    }
    client.write_all(b"6\r\nsecond\r\n0\r\n\r\n").await.expect("write");
    while !got.ends_with(b"0\r\n\r\n") {
        tokio::io::AsyncReadExt::read_buf(&mut behind, &mut got).await.expect("read");
    }
    assert!(got.ends_with(b"6\r\nsecond\r\n0\r\n\r\n"), "{}", String::from_utf8_lossy(&got));
    behind.write_all(b"0\r\n\r\n").await.expect("write");
    while !answer.ends_with(b"0\r\n\r\n") {
        tokio::io::AsyncReadExt::read_buf(&mut client, &mut answer).await.expect("read");
    }
}

#[tokio::test]
async fn large_bodies_pass_whole() {
    let upstream = Upstream::start(OK).await;
    let rig = start(upstream.address, &[read_route()], &[]).await;
    let body = "x".repeat(3 * 1024 * 1024);
    rig.send(&format!("PUT /v1/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer TOKEN\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
        .await;
    assert_eq!(upstream.only().body.len(), body.len());
}

#[tokio::test]
async fn answers_without_a_body_have_none() {
    for (answer, method, status) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 99\r\netag: \"a\"\r\n\r\n", "HEAD", "HTTP/1.1 200"),
        ("HTTP/1.1 204 No Content\r\n\r\n", "GET", "HTTP/1.1 204"),
        ("HTTP/1.1 304 Not Modified\r\netag: \"a\"\r\n\r\n", "GET", "HTTP/1.1 304"),
    ] {
        let upstream = Upstream::start(answer).await;
        let rig = start(upstream.address, &[read_route()], &[]).await;
        let request = format!("{method} /v1/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n", rig.token);
        let mut client = rig.connect().await;
        client.write_all(request.as_bytes()).await.expect("write");
        let text = read_to_end(&mut client).await;
        assert!(text.starts_with(status) && text.ends_with("\r\n\r\n"), "{text}");
        assert_eq!(text.matches("\r\n\r\n").count(), 1, "{text}");
        if method == "HEAD" {
            assert!(text.contains("content-length: 99"), "{text}");
        }
    }
}

#[tokio::test]
async fn interim_answers_are_not_the_answer() {
    let upstream = Upstream::start("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    let rig = start(upstream.address, &[read_route()], &[]).await;
    let answer = rig.send("GET /v1/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer TOKEN\r\n\r\n").await;
    assert!(answer.contains("HTTP/1.1 200 OK") && answer.ends_with("ok"), "{answer}");
}

#[tokio::test]
async fn continue_is_sent_to_whoever_may_pass_and_to_nobody_else() {
    let upstream = Upstream::start(OK).await;
    let rig = start(upstream.address, &[read_route()], &[]).await;
    let head = |token: &str| {
        format!("POST /v1/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    };
    let mut client = rig.connect().await;
    client.write_all(head(&rig.token).as_bytes()).await.expect("write");
    let mut interim = vec![0; 25];
    tokio::io::AsyncReadExt::read_exact(&mut client, &mut interim).await.expect("read");
    assert_eq!(interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    client.write_all(b"hi").await.expect("write");
    assert!(read_answer(&mut client).await.starts_with("HTTP/1.1 200"));
    let arrived = upstream.only();
    assert_eq!((arrived.body.as_slice(), arrived.values("expect").len()), (&b"hi"[..], 0));
    let mut other = rig.connect().await;
    other.write_all(head("nonsense").as_bytes()).await.expect("write");
    assert!(read_answer(&mut other).await.starts_with("HTTP/1.1 401"));
    assert_eq!(upstream.arrived().len(), 1);
}

#[tokio::test]
async fn trailers_pass_without_those_that_must_not() {
    let upstream = Upstream::start(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum, jeton-decision\r\n\r\n2\r\nok\r\n0\r\nx-sum: 9\r\njeton-decision: dec_x\r\n\r\n",
    )
    .await;
    let rig = start(upstream.address, &[read_route()], &[]).await;
    let answer = rig
        .send(
            "POST /v1/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer TOKEN\r\nTE: trailers\r\nTrailer: X-Check, Jeton-Subject, X_Forwarded_For, Content-Length\r\n\
             Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Check: 1\r\nJeton-Subject: admin\r\nX_Forwarded_For: 10.0.0.1\r\nContent-Length: 7\r\n\r\n",
        )
        .await;
    assert_eq!(upstream.only().trailers, ["x-check: 1"]);
    assert!(answer.contains("x-sum: 9") && !answer.contains("dec_x"), "{answer}");
}

#[tokio::test]
async fn connections_to_the_upstream_are_kept() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let rig = start(listener.local_addr().expect("address"), &[read_route()], &[]).await;
    let behind = tokio::spawn(async move {
        // One connection serves all: a second would wait for an accept that never comes.
        let (mut io, _) = listener.accept().await.expect("accept");
        let mut buffer = Vec::new();
        let mut count = 0;
        while let Ok(Some(_)) = read_request(&mut io, &mut buffer).await {
            io.write_all(OK.as_bytes()).await.expect("write");
            count += 1;
            if count == 3 {
                break;
            }
        }
        count
    });
    for _ in 0..3 {
        assert!(rig.send("GET /v1/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer TOKEN\r\n\r\n").await.starts_with("HTTP/1.1 200"));
    }
    assert_eq!(behind.await.expect("upstream"), 3);
}

/// More than sockets and windows on both sides of the proxy hold together.
const FLOOD: usize = 64 * 1024 * 1024;

/// Writes until nothing is taken any more; gives how much was.
async fn pour(io: &mut TcpStream) -> usize {
    let piece = vec![b'x'; 64 * 1024];
    let mut poured = 0;
    while poured < FLOOD {
        match tokio::time::timeout(Duration::from_millis(500), io.write(&piece)).await {
            Ok(Ok(count)) => poured += count,
            Ok(Err(fault)) => panic!("broken off after {poured} bytes: {fault}"),
            Err(_) => return poured,
        }
    }
    poured
}

#[tokio::test]
async fn whoever_does_not_read_slows_the_other_side_down() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let rig = start(listener.local_addr().expect("address"), &[read_route()], &[]).await;
    let head = |more: &str| format!("POST /v1/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n{more}\r\n", rig.token);
    // An upstream that takes nothing.
    let mut client = rig.connect().await;
    client.write_all(head(&format!("Content-Length: {FLOOD}\r\n")).as_bytes()).await.expect("write");
    let (_stuck, _) = listener.accept().await.expect("accept");
    let poured = pour(&mut client).await;
    assert!(poured < FLOOD / 2, "{poured} bytes of a request were taken that nobody reads");
    // A client that takes nothing.
    let mut lazy = rig.connect().await;
    lazy.write_all(head("Content-Length: 0\r\n").as_bytes()).await.expect("write");
    let (mut behind, _) = listener.accept().await.expect("accept");
    behind.write_all(format!("HTTP/1.1 200 OK\r\ncontent-length: {FLOOD}\r\n\r\n").as_bytes()).await.expect("write");
    let poured = pour(&mut behind).await;
    assert!(poured < FLOOD / 2, "{poured} bytes of an answer were taken that nobody reads");
}
