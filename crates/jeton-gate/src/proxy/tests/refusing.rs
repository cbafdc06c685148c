//! What does not reach the API, and what the caller is told instead.

use super::rig::{PATIENCE, Upstream, read_answer, start};
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpListener};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn refusals_come_before_the_upstream() {
    let upstream = Upstream::start(OK).await;
    let list = [
        json!({"path": "/v1/**", "scopes": ["orders:read"]}),
        json!({"path": "/write/**", "scopes": ["orders:write"]}),
        json!({"path": "/v1/named", "host": "named.example", "methods": ["GET"]}),
    ];
    let rig = start(upstream.address, &list, &[]).await;
    let (_, elsewhere) = rig.tokens.issue(8, "orders:read", &["192.0.2.0/24"]);
    let auth = "Authorization: Bearer TOKEN\r\n";
    let far = format!("Authorization: Bearer {elsewhere}\r\n");
    let cases = [
        ("GET /v1/a", String::new(), 401, "no_credential", "www-authenticate: Bearer"),
        ("HEAD /v1/a", String::new(), 401, "", "www-authenticate: Bearer"),
        ("OPTIONS /v1/a", String::new(), 401, "no_credential", "www-authenticate: Bearer"),
        ("GET /v1/a", "Authorization: Bearer nonsense\r\n".into(), 401, "malformed", "error=\"invalid_token\""),
        ("GET /v1/a", format!("{auth}{auth}"), 400, "ambiguous_credential", "error=\"invalid_request\""),
        ("GET /v1/a?access_token=x", auth.into(), 400, "ambiguous_credential", ""),
        ("GET /write/a", auth.into(), 403, "insufficient_scope", "scope=\"orders:write\""),
        ("GET /v1/a", far.clone(), 403, "address_not_allowed", ""),
        ("GET /v1/a", format!("{far}X-Forwarded-For: 192.0.2.1\r\nForwarded: for=192.0.2.1\r\n"), 403, "address_not_allowed", ""),
        ("GET /elsewhere", auth.into(), 403, "route_not_allowed", ""),
        ("GET /v1/../write/a", auth.into(), 400, "ambiguous_path", ""),
        ("GET /v1/%2e%2e/write/a", auth.into(), 400, "ambiguous_path", ""),
        ("GET /v1/a%2f..%2f..%2fwrite", auth.into(), 400, "ambiguous_path", ""),
        ("GET /v1//a", auth.into(), 400, "ambiguous_path", ""),
        ("GET /v1/a;b=c", auth.into(), 400, "ambiguous_path", ""),
        ("GET /v1/a%5cb", auth.into(), 400, "ambiguous_path", ""),
        ("GET /v1/%252e%252e/a", auth.into(), 400, "ambiguous_path", ""),
        ("OPTIONS *", auth.into(), 400, "bad_target", ""),
        ("TRACE /v1/a", auth.into(), 501, "method_not_supported", ""),
        ("CONNECT /v1/a", auth.into(), 0, "", ""),
        ("GET /v1/a", format!("{auth}Expect: miracles\r\n"), 417, "bad_expectation", ""),
        ("GET /v1/a", format!("{auth}Host: b\r\n"), 400, "bad_host", ""),
        ("GET http://other/v1/a", auth.into(), 400, "bad_host", ""),
        ("GET ftp://a/v1/a", auth.into(), 400, "bad_target", ""),
    ];
    for (line, headers, status, code, more) in cases {
        let answer = rig.send(&format!("{line} HTTP/1.1\r\nHost: a\r\n{headers}\r\n")).await;
        if status == 0 {
            assert!(!answer.starts_with("HTTP/1.1 2"), "{line}: {answer}");
            continue;
        }
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {answer}");
        assert!(code.is_empty() || answer.contains(&format!("\"code\":\"{code}\"")), "{line}: {answer}");
        assert!(answer.contains(more), "{line}: {answer}");
        assert!(answer.contains("cache-control: no-store"), "{line}: {answer}");
        assert!(!answer.contains(&rig.token), "{line}");
    }
    assert!(upstream.arrived().is_empty());
}

#[tokio::test]
async fn a_revoked_token_is_dead_at_once() {
    let upstream = Upstream::start(OK).await;
    let rig = start(upstream.address, &[json!({"path": "/**"})], &[]).await;
    let request = "GET /a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer TOKEN\r\n\r\n";
    assert!(rig.send(request).await.starts_with("HTTP/1.1 200"));
    rig.tokens.revoke(rig.token_id);
    let answer = rig.send(request).await;
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("\"code\":\"revoked\""), "{answer}");
}

#[tokio::test]
async fn a_body_is_not_asked_for_before_the_decision() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let rig = start(listener.local_addr().expect("address"), &[json!({"path": "/**", "scopes": ["orders:write"]})], &[]).await;
    let mut client = rig.connect().await;
    let head = format!("POST /a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nContent-Length: 1000000\r\n\r\n", rig.token);
    client.write_all(head.as_bytes()).await.expect("write");
    assert!(read_answer(&mut client).await.starts_with("HTTP/1.1 403"));
    let nobody = tokio::time::timeout(std::time::Duration::from_millis(100), listener.accept()).await;
    assert!(nobody.is_err(), "the upstream was connected for a refused request");
}

#[tokio::test]
async fn faults_of_an_upstream_say_nothing_of_it() {
    let cases = [
        ("not http at all\r\n\r\n", "502", "upstream_broken"),
        ("HTTP/1.1 200 OK\r\ncontent-length: nine\r\n\r\n", "502", "upstream_broken"),
        ("HTTP/1.1 200 OK\r\nbad header\r\n\r\nconnection: close", "502", "upstream_broken"),
        ("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n", "502", "upstream_broken"),
    ];
    for (bytes, status, code) in cases {
        let upstream = Upstream::start(bytes).await;
        let rig = start(upstream.address, &[json!({"path": "/**"})], &[]).await;
        let answer = rig.send("GET /a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer TOKEN\r\n\r\n").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(code), "{bytes:?}: {answer}");
        assert!(answer.contains("application/problem+json") && !answer.contains(&upstream.address.port().to_string()), "{answer}");
    }
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = nobody.local_addr().expect("address");
    drop(nobody);
    let rig = start(address, &[json!({"path": "/**"})], &[]).await;
    let answer = rig.send("GET /a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer TOKEN\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 502 ") && answer.contains("upstream_unreachable"), "{answer}");
    assert!(!answer.contains(&address.port().to_string()), "{answer}");
}

#[tokio::test]
async fn a_route_without_an_upstream_passes_nothing_on() {
    let upstream = Upstream::start(OK).await;
    let rig = start(upstream.address, &[json!({"path": "/**", "upstream": null})], &[]).await;
    let answer = tokio::time::timeout(PATIENCE, rig.send("GET /a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer TOKEN\r\n\r\n"))
        .await
        .expect("answer");
    assert!(answer.starts_with("HTTP/1.1 404") && answer.contains("no_upstream"), "{answer}");
}
