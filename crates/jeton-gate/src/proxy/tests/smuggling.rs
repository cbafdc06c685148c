//! Requests that two programs could cut apart differently. Whatever is sent: what arrives is a row of well-formed requests,
//! each of which the gate has seen as such, and none that was hidden inside another.

use super::rig::{Upstream, read_to_end, read_until_quiet, start};
use serde_json::json;
use tokio::io::AsyncWriteExt;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
/// What an attacker wants to bring past the gate.
const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

/// What is sent, and which requests may arrive: method and path with the body in brackets, separated by spaces.
const CASES: &[(&str, &str, &str)] = &[
    ("one length", "Content-Length: 5\r\n\r\nhello", "POST/v1(hello)"),
    ("chunked", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "POST/v1(hello)"),
    ("chunked in capitals", "Transfer-Encoding: CHUNKED\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "POST/v1(hello)"),
    // Both: the length is dropped, the body is the chunks, and the connection ends behind it.
    ("length before chunked", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHIDDEN", "POST/v1()"),
    ("length behind chunked", "Transfer-Encoding: chunked\r\nContent-Length: 40\r\n\r\n0\r\n\r\nHIDDEN", "POST/v1()"),
    ("two lengths that differ", "Content-Length: 0\r\nContent-Length: 40\r\n\r\nHIDDEN", ""),
    ("two lengths alike", "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "POST/v1(hello)"),
    ("a list of lengths", "Content-Length: 0, 40\r\n\r\nHIDDEN", ""),
    ("a signed length", "Content-Length: +5\r\n\r\nhello", ""),
    ("a negative length", "Content-Length: -1\r\n\r\nHIDDEN", ""),
    ("a hexadecimal length", "Content-Length: 0x5\r\n\r\nhello", ""),
    ("an empty length", "Content-Length: \r\n\r\nHIDDEN", ""),
    ("a huge length", "Content-Length: 99999999999999999999999\r\n\r\nHIDDEN", ""),
    ("a space before the colon", "Content-Length : 5\r\n\r\nhello", ""),
    ("a space before the colon of the encoding", "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\nHIDDEN", ""),
    ("a folded line", "X-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello", ""),
    ("an unknown encoding", "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\nHIDDEN", ""),
    ("an encoding before chunked", "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\nHIDDEN", ""),
    ("chunked before an encoding", "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\nHIDDEN", ""),
    ("two encodings", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHIDDEN", ""),
    ("two encodings reversed", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\nHIDDEN", ""),
    ("a quoted encoding", "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\nHIDDEN", ""),
    ("an encoding with a parameter", "Transfer-Encoding: chunked;x=1\r\n\r\n0\r\n\r\nHIDDEN", ""),
    ("a vertical tab", "Transfer-Encoding: \u{b}chunked\r\n\r\n0\r\n\r\nHIDDEN", ""),
    ("an underscore", "Transfer_Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello", "POST/v1(hello)"),
    ("a dot", "Content.Length: 0\r\nContent-Length: 5\r\n\r\nhello", "POST/v1(hello)"),
    ("a named length", "Connection: content-length\r\nContent-Length: 5\r\n\r\nhello", "POST/v1(hello)"),
    ("a named encoding", "Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "POST/v1(hello)"),
    ("a bare LF", "X-A: b\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHIDDEN", "POST/v1()"),
    ("a bare CR", "X-A: b\rContent-Length: 5\r\n\r\nhello", ""),
    ("a NUL", "X-A: \0\r\nContent-Length: 5\r\n\r\nhello", ""),
    ("a chunk size that is too long", "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n", ""),
    ("a signed chunk size", "Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n", ""),
    ("a hexadecimal prefix", "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n", ""),
    ("a chunk that is longer than it says", "Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n", ""),
    ("a chunk size that ends in LF", "Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n", ""),
    ("a chunk extension", "Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n", "POST/v1(hello)"),
    ("a chunk extension with LF", "Transfer-Encoding: chunked\r\n\r\n5;a\nb\r\nhello\r\n0\r\n\r\n", ""),
    (
        "an upgrade to h2c",
        "Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nContent-Length: 0\r\n\r\n",
        "POST/v1()",
    ),
    ("no body", "\r\n", "POST/v1()"),
];

#[tokio::test]
async fn what_arrives_is_always_one_well_formed_request() {
    futures_util::future::join_all(CASES.iter().map(|(name, rest, expected)| try_one(name, rest, expected))).await;
}

async fn try_one(name: &str, rest: &str, expected: &str) {
    let upstream = Upstream::start(OK).await;
    let rig = start(upstream.address, &[json!({"path": "/v1", "timeouts": {"idle_ms": 500}})], &[]).await;
    let mut client = rig.connect().await;
    let bytes = format!("POST /v1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n{}", rig.token, rest.replace("HIDDEN", HIDDEN));
    client.write_all(bytes.as_bytes()).await.expect("write");
    let answer = read_until_quiet(&mut client).await;
    let seen = upstream.seen.lock().clone();
    let whole: Vec<_> = seen
        .iter()
        .filter_map(|one| one.as_ref().ok())
        .map(|one| {
            let (method, path) = one.line.trim_end_matches(" HTTP/1.1").split_once(' ').expect("line");
            format!("{method}{path}({})", String::from_utf8_lossy(&one.body))
        })
        .collect();
    assert_eq!(whole.join(" "), expected, "{name}: {answer}");
    // What was broken off on the way is not a request; anything else that is not whole is a fault of the proxy.
    for fault in seen.iter().filter_map(|one| one.as_ref().err()) {
        assert!(fault.contains("cut off"), "{name}: {fault}");
    }
    let first = if expected.is_empty() { "HTTP/1.1 4" } else { "HTTP/1.1 200" };
    assert!(answer.starts_with(first), "{name}: {answer}");
    assert!(!answer.contains("/hidden"), "{name}: {answer}");
}

#[tokio::test]
async fn what_follows_a_refused_request_is_decided_on_its_own() {
    let upstream = Upstream::start(OK).await;
    let rig = start(upstream.address, &[json!({"path": "/v1"})], &[]).await;
    let mut client = rig.connect().await;
    let good = format!("GET /v1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n\r\n", rig.token);
    let bare = "GET /v1 HTTP/1.1\r\nHost: a\r\n";
    client.write_all(format!("{bare}\r\n{good}{bare}Connection: close\r\n\r\n").as_bytes()).await.expect("write");
    let answer = read_to_end(&mut client).await;
    let statuses: Vec<_> = answer.split("HTTP/1.1 ").skip(1).map(|rest| rest.get(..3).unwrap_or_default()).collect();
    assert_eq!(statuses, ["401", "200", "401"], "{answer}");
    assert_eq!(upstream.arrived().len(), 1);
}
