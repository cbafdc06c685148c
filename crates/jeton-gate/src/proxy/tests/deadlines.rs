//! Slow clients and slow upstreams.

use super::rig::{Upstream, eventually, read_answer, read_to_end, start};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn an_upstream_that_does_not_answer_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let rig = start(listener.local_addr().expect("address"), &[json!({"path": "/**", "timeouts": {"response_ms": 200}})], &[]).await;
    let answer = rig.send("GET /a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer TOKEN\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 504") && answer.contains("upstream_timeout"), "{answer}");
}

#[tokio::test]
async fn the_time_to_answer_begins_behind_the_body() {
    let upstream = Upstream::start(OK).await;
    // Time enough that a busy machine's pauses are no stand-still.
    let response = Duration::from_millis(2000);
    let rig = start(upstream.address, &[json!({"path": "/**", "timeouts": {"response_ms": 2000}})], &[]).await;
    let mut client = rig.connect().await;
    let head = format!("POST /a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nTransfer-Encoding: chunked\r\n\r\n", rig.token);
    client.write_all(head.as_bytes()).await.expect("write");
    let begun = Instant::now();
    // Longer than the time to answer as a whole, but always moving.
    while begun.elapsed() < response + response / 4 {
        client.write_all(b"1\r\nx\r\n").await.expect("write");
        tokio::time::sleep(response / 40).await;
    }
    client.write_all(b"0\r\n\r\n").await.expect("write");
    let answer = read_answer(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_body_that_stands_still_or_takes_too_long_is_given_up() {
    for (times, dripping) in [(json!({"idle_ms": 200}), false), (json!({"body_ms": 400}), true)] {
        let upstream = Upstream::start(OK).await;
        let rig = start(upstream.address, &[json!({"path": "/**", "timeouts": times})], &[]).await;
        let mut client = rig.connect().await;
        let head = format!("POST /a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nContent-Length: 100000\r\n\r\nx", rig.token);
        client.write_all(head.as_bytes()).await.expect("write");
        let (mut read, mut write) = client.into_split();
        let drip = tokio::spawn(async move {
            while dripping && write.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            std::future::pending::<()>().await;
        });
        let mut answer = Vec::new();
        while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
            let got = tokio::time::timeout(super::rig::PATIENCE, read.read_buf(&mut answer)).await.expect("an answer in time");
            if got.unwrap_or(0) == 0 {
                break;
            }
        }
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        drip.abort();
        assert!(upstream.seen.lock().iter().all(Result::is_err));
    }
}

#[tokio::test]
async fn bodies_over_their_limit_are_refused() {
    let upstream = Upstream::start(OK).await;
    let rig = start(upstream.address, &[json!({"path": "/**", "body_max_bytes": 4})], &[]).await;
    let head = "POST /a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer TOKEN\r\n";
    let ok = rig.send(&format!("{head}Content-Length: 4\r\n\r\nfour")).await;
    assert!(ok.starts_with("HTTP/1.1 200"), "{ok}");
    for rest in ["Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"] {
        let answer = rig.send(&format!("{head}{rest}")).await;
        assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("body_too_large"), "{answer}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_not_ended_as_if_whole() {
    for answer in [
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n3\r\none\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\none",
    ] {
        let upstream = Upstream::start(answer).await;
        let rig = start(upstream.address, &[json!({"path": "/**"})], &[]).await;
        let mut client = rig.connect().await;
        client
            .write_all(format!("GET /a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n\r\n", rig.token).as_bytes())
            .await
            .expect("write");
        let text = read_to_end(&mut client).await;
        assert!(!text.ends_with("0\r\n\r\n"), "{text}");
    }
}

#[tokio::test]
async fn an_answer_that_stands_still_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let rig = start(listener.local_addr().expect("address"), &[json!({"path": "/**", "timeouts": {"answer_idle_ms": 200}})], &[]).await;
    let mut client = rig.connect().await;
    client.write_all(format!("GET /a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n\r\n", rig.token).as_bytes()).await.expect("write");
    let (mut behind, _) = listener.accept().await.expect("accept");
    behind.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\none").await.expect("write");
    let text = read_to_end(&mut client).await;
    assert!(text.ends_with("one"), "{text}");
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_request_along() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let rig = start(listener.local_addr().expect("address"), &[json!({"path": "/**"})], &[]).await;
    let mut client = rig.connect().await;
    client
        .write_all(format!("POST /a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nContent-Length: 9\r\n\r\none", rig.token).as_bytes())
        .await
        .expect("write");
    let (mut behind, _) = listener.accept().await.expect("accept");
    let mut got = Vec::new();
    while !got.ends_with(b"one") {
        behind.read_buf(&mut got).await.expect("read");
    }
    drop(client);
    let over = tokio::spawn(async move { while behind.read_buf(&mut got).await.is_ok_and(|count| count > 0) {} });
    eventually("the upstream sees the end", || over.is_finished()).await;
}
