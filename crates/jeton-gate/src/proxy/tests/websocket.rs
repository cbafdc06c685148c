//! Upgraded connections.

use super::rig::{read_answer, read_to_end, start};
use serde_json::json;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const UPGRADE: &str = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// An upstream that switches and then sends back what it gets; tells the head that it saw.
async fn echo() -> (SocketAddr, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    let (tell, heads) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut io, _)) = listener.accept().await {
            let tell = tell.clone();
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    if io.read_buf(&mut head).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
                let _ = tell.send(String::from_utf8_lossy(&head).into_owned());
                let _ = io.write_all(SWITCH.as_bytes()).await;
                let (mut read, mut write) = io.split();
                let _ = tokio::io::copy(&mut read, &mut write).await;
                let _ = write.shutdown().await;
            });
        }
    });
    (address, heads)
}

async fn upgraded(token: &str, mut client: TcpStream) -> TcpStream {
    client.write_all(format!("GET /ws HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n{UPGRADE}").as_bytes()).await.expect("write");
    let answer = read_answer(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 101") && answer.contains("sec-websocket-accept"), "{answer}");
    client
}

#[tokio::test]
async fn an_admitted_upgrade_is_a_tunnel() {
    let (upstream, mut heads) = echo().await;
    let rig = start(upstream, &[json!({"path": "/ws", "websocket": true})], &[]).await;
    let mut client = upgraded(&rig.token, rig.connect().await).await;
    let head = heads.recv().await.expect("head");
    assert!(head.contains("\r\nupgrade: websocket\r\n") && head.contains("\r\nconnection: upgrade\r\n"), "{head}");
    assert!(head.contains("jeton-subject: robot") && !head.contains("authorization"), "{head}");
    for word in ["hello", "\0\u{1}binary\r\n\r\n"] {
        client.write_all(word.as_bytes()).await.expect("write");
        let mut back = vec![0; word.len()];
        client.read_exact(&mut back).await.expect("read");
        assert_eq!(back, word.as_bytes());
    }
    client.shutdown().await.expect("shutdown");
    assert_eq!(read_to_end(&mut client).await, "");
}

#[tokio::test]
async fn an_upgrade_needs_a_token_and_a_route_that_lets_it() {
    let (upstream, mut heads) = echo().await;
    let rig = start(upstream, &[json!({"path": "/ws", "websocket": true})], &[]).await;
    let answer = rig.send(&format!("GET /ws HTTP/1.1\r\nHost: a\r\n{UPGRADE}")).await;
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("www-authenticate"), "{answer}");
    assert!(heads.try_recv().is_err());
    // Where it is not let, the request is passed on as an ordinary one, and an upstream that switches anyway is at fault.
    let plain = start(upstream, &[json!({"path": "/ws"})], &[]).await;
    let answer = plain.send(&format!("GET /ws HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer TOKEN\r\n{UPGRADE}")).await;
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    let head = heads.recv().await.expect("head");
    assert!(!head.contains("upgrade: websocket"), "{head}");
}

#[tokio::test]
async fn a_tunnel_dies_with_its_token() {
    let (upstream, _heads) = echo().await;
    let rig = start(upstream, &[json!({"path": "/ws", "websocket": true})], &[]).await;
    let mut client = upgraded(&rig.token, rig.connect().await).await;
    client.write_all(b"x").await.expect("write");
    assert_eq!(client.read_u8().await.expect("read"), b'x');
    rig.tokens.revoke(rig.token_id);
    assert_eq!(read_to_end(&mut client).await, "");
}

#[tokio::test]
async fn a_silent_tunnel_is_closed() {
    let (upstream, _heads) = echo().await;
    let rig = start(upstream, &[json!({"path": "/ws", "websocket": true, "timeouts": {"tunnel_idle_ms": 300}})], &[]).await;
    let mut client = upgraded(&rig.token, rig.connect().await).await;
    assert_eq!(read_to_end(&mut client).await, "");
}
