//! HTTP/2 and TLS at both ends of the real front: clients with prior knowledge and by ALPN, upstreams behind a private
//! authority and over plain HTTP/2, trailers and WebSocket through it.

use crate::world::{Anonymous, Bearer, ORDERS, On, PATIENCE, World};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, Version};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use hyper::{body::Incoming, client::conn::http2::SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use parking_lot::Mutex;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::{PrivateKeyDer, ServerName};
use serde_json::{Value, json};
use std::{convert::Infallible, net::SocketAddr, path::Path, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// A body with trailers.
type Body = StreamBody<futures_util::stream::Iter<std::vec::IntoIter<Result<Frame<Bytes>, Infallible>>>>;

fn with_trailers(text: &'static str, trailers: &[(&'static str, &'static str)]) -> Body {
    let trailers: HeaderMap = trailers.iter().map(|(name, value)| (name.parse().expect("name"), value.parse().expect("value"))).collect();
    let frames = vec![Ok(Frame::data(Bytes::from_static(text.as_bytes()))), Ok(Frame::trailers(trailers))];
    StreamBody::new(futures_util::stream::iter(frames))
}

/// What an upstream saw of a request.
#[derive(Clone, Debug)]
struct Seen {
    version: Version,
    headers: HeaderMap,
    body: Bytes,
    trailers: Option<HeaderMap>,
}

type AllSeen = Arc<Mutex<Vec<Seen>>>;

/// An upstream that answers every request with `ok` and trailers, over TLS where it is given a configuration.
async fn upstream(tls: Option<ServerConfig>) -> (SocketAddr, AllSeen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    let seen = AllSeen::default();
    let (acceptor, all) = (tls.map(|tls| TlsAcceptor::from(Arc::new(tls))), Arc::clone(&seen));
    tokio::spawn(async move {
        while let Ok((io, _)) = listener.accept().await {
            let (acceptor, all) = (acceptor.clone(), Arc::clone(&all));
            tokio::spawn(async move {
                match acceptor {
                    None => serve(io, all).await,
                    Some(acceptor) => {
                        if let Ok(io) = acceptor.accept(io).await {
                            serve(io, all).await;
                        }
                    }
                }
            });
        }
    });
    (address, seen)
}

async fn serve<I: AsyncRead + AsyncWrite + Unpin + Send + 'static>(io: I, seen: AllSeen) {
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let seen = Arc::clone(&seen);
        async move {
            let (parts, body) = request.into_parts();
            let collected = body.collect().await.expect("a whole body");
            let trailers = collected.trailers().cloned();
            seen.lock().push(Seen { version: parts.version, headers: parts.headers, body: collected.to_bytes(), trailers });
            let answer = Response::builder().header("trailer", "x-sum");
            Ok::<_, Infallible>(answer.body(with_trailers("ok", &[("x-sum", "9"), ("jeton-decision", "dec_forged")])).expect("answer"))
        }
    });
    let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
    let _ = builder.serve_connection(TokioIo::new(io), service).await;
}

/// A private authority in a file, and a server's configuration with a certificate of it for `localhost`.
fn private_authority(file: &Path, protocols: &[&str]) -> ServerConfig {
    let mut authority = CertificateParams::new(Vec::<String>::new()).expect("parameters");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().expect("key");
    let certificate = authority.self_signed(&authority_key).expect("certificate");
    std::fs::write(file, certificate.pem()).expect("a file");
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().expect("key");
    let own = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters").signed_by(&key, &issuer).expect("certificate");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let mut config = builder.with_no_client_auth().with_single_cert(vec![own.der().clone()], key).expect("configuration");
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    config
}

/// A connection that speaks HTTP/2 from its first byte.
async fn http2<I: AsyncRead + AsyncWrite + Unpin + Send + 'static>(io: I) -> SendRequest<Body> {
    let (sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(io)).await.expect("handshake");
    tokio::spawn(connection);
    sender
}

async fn send(sender: &mut SendRequest<Body>, request: Request<Body>) -> (http::response::Parts, Bytes, Option<HeaderMap>) {
    let response = tokio::time::timeout(PATIENCE, sender.send_request(request)).await.expect("an answer in time").expect("an answer");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a whole body");
    let trailers = body.trailers().cloned();
    (parts, body.to_bytes(), trailers)
}

fn post(uri: &str, token: Option<&str>) -> Request<Body> {
    let mut request = Request::post(uri)
        .header("te", "trailers")
        .header("trailer", "x-check, jeton-subject")
        .header("x_forwarded_for", "10.0.0.1")
        .header("jeton.subject", "admin");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(with_trailers("hello", &[("x-check", "1"), ("jeton-subject", "admin"), ("x_forwarded_for", "10.0.0.1")])).expect("request")
}

/// A world with one guarded route; gives a token for it.
async fn world(route: Value, adjust: impl FnOnce(&mut jeton::config::Config)) -> (World, Bearer) {
    let world = World::on(On::Sqlite, |config| {
        let mut whole = json!({"path": "/orders/**", "audience": ORDERS});
        whole.as_object_mut().expect("an object").extend(route.as_object().expect("an object").clone());
        config.gate.route = vec![serde_json::from_value(whole).expect("a route")];
        adjust(config);
    });
    let world = world.await;
    let scopes = json!([{"scope": "orders:read"}]);
    world.post(&world.owner, "/v1/apis", json!({"audience": ORDERS, "name": "Orders", "scopes": scopes})).await.expect(201);
    let token = world.issue(json!({"kind": "pat", "name": "a", "audience": [ORDERS], "scopes": ["orders:read"]})).await;
    let token = Bearer(token.str("/token").to_owned());
    (world, token)
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_with_prior_knowledge_are_served_over_one_connection() {
    let (address, seen) = upstream(None).await;
    let (world, token) = world(json!({"upstream": format!("http://{address}")}), |_| {}).await;
    let mut sender = http2(TcpStream::connect(world.address()).await.expect("connect")).await;
    let base = format!("http://{}", world.address());
    let (refused, _, _) = send(&mut sender, post(&format!("{base}/orders/7"), None)).await;
    assert_eq!((refused.status.as_u16(), refused.version), (401, Version::HTTP_2));
    assert!(refused.headers.contains_key("www-authenticate") && seen.lock().is_empty());
    // Many at once, each with its own body and trailers.
    let calls = (0..50).map(|_| {
        let mut sender = sender.clone();
        let request = post(&format!("{base}/orders/%37?a=b"), Some(&token.0));
        async move { send(&mut sender, request).await }
    });
    for (parts, body, trailers) in futures_util::future::join_all(calls).await {
        assert_eq!((parts.status.as_u16(), &body[..]), (200, &b"ok"[..]));
        let trailers = trailers.expect("trailers");
        assert_eq!(trailers["x-sum"], "9");
        assert!(!trailers.contains_key("jeton-decision"), "an upstream speaks for the gate");
    }
    let seen = seen.lock().clone();
    assert_eq!(seen.len(), 50);
    for one in seen.iter() {
        assert_eq!((one.version, &one.body[..]), (Version::HTTP_11, &b"hello"[..]));
        let said = |name: &str| one.headers.get(name).map(|value| value.to_str().expect("ascii"));
        assert_eq!((said("x-forwarded-for"), said("via"), said("authorization")), (Some("127.0.0.1"), Some("2 jeton"), None));
        assert!(said("x_forwarded_for").is_none() && said("jeton.subject").is_none());
        let trailers = one.trailers.as_ref().expect("trailers");
        assert_eq!((trailers.len(), trailers["x-check"].as_bytes()), (1, &b"1"[..]), "{trailers:?}");
    }
    let (own, body, _) =
        send(&mut sender, Request::get(format!("{base}/v1/openapi.json")).body(with_trailers("", &[])).expect("request")).await;
    assert!(own.status == 200 && body.starts_with(b"{"), "{own:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_agrees_on_http2_where_the_client_offers_it() {
    let folder = tempfile::tempdir().expect("folder");
    let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, pair.cert.pem()).expect("a file");
    std::fs::write(&key, pair.signing_key.serialize_pem()).expect("a file");
    let world = World::on(On::Sqlite, |config| (config.tls.certificate, config.tls.key) = (Some(certificate), Some(key))).await;
    let mut roots = RootCertStore::empty();
    roots.add(pair.cert.der().clone()).expect("a certificate");
    for (offered, agreed) in [(&["h2", "http/1.1"][..], Some("h2")), (&["http/1.1"], Some("http/1.1")), (&[], None)] {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
        let mut config = builder.with_root_certificates(roots.clone()).with_no_client_auth();
        config.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
        let io = TcpStream::connect(world.address()).await.expect("connect");
        let name = ServerName::try_from("localhost").expect("name");
        let mut io = TlsConnector::from(Arc::new(config)).connect(name, io).await.expect("TLS");
        assert_eq!(io.get_ref().1.alpn_protocol().map(|name| std::str::from_utf8(name).expect("ascii")), agreed);
        if agreed == Some("h2") {
            let request = Request::get("https://localhost/v1/self").header("authorization", format!("Bearer {}", world.owner.0));
            let (parts, body, _) = send(&mut http2(io).await, request.body(with_trailers("", &[])).expect("request")).await;
            assert_eq!((parts.status.as_u16(), parts.version), (200, Version::HTTP_2), "{}", String::from_utf8_lossy(&body));
        } else {
            let request =
                format!("GET /v1/self HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\nconnection: close\r\n\r\n", world.owner.0);
            io.write_all(request.as_bytes()).await.expect("write");
            let mut text = Vec::new();
            let _ = tokio::time::timeout(PATIENCE, io.read_to_end(&mut text)).await.expect("an answer in time");
            assert!(text.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&text));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn upstreams_are_spoken_to_as_is_configured_and_agreed() {
    let folder = tempfile::tempdir().expect("folder");
    let (ca, other) = (folder.path().join("ca.pem"), folder.path().join("other.pem"));
    let _ = private_authority(&other, &[]);
    // What it can speak, how it is reached, and which version that comes to.
    for (protocols, more, version) in [
        (Some(&["h2", "http/1.1"][..]), json!({"upstream_ca": ca}), Version::HTTP_2),
        (Some(&["http/1.1"]), json!({"upstream_ca": ca}), Version::HTTP_11),
        (Some(&[]), json!({"upstream_ca": ca}), Version::HTTP_11),
        (None, json!({"upstream_http2": true}), Version::HTTP_2),
        (None, json!({}), Version::HTTP_11),
    ] {
        let tls = protocols.map(|protocols| private_authority(&ca, protocols));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (address, seen) = upstream(tls).await;
        let mut route = json!({"upstream": format!("{scheme}://localhost:{}", address.port())});
        route.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let (world, token) = world(route, |_| {}).await;
        let mut sender = http2(TcpStream::connect(world.address()).await.expect("connect")).await;
        let (parts, body, trailers) = send(&mut sender, post(&format!("http://{}/orders/7", world.address()), Some(&token.0))).await;
        assert_eq!((parts.status.as_u16(), &body[..]), (200, &b"ok"[..]), "{protocols:?} {more}");
        assert_eq!(trailers.expect("trailers").get("x-sum").map(|sum| sum.as_bytes()), Some(&b"9"[..]), "{protocols:?} {more}");
        let seen = seen.lock().pop().expect("a request");
        assert_eq!((seen.version, &seen.body[..]), (version, &b"hello"[..]), "{protocols:?} {more}");
        assert_eq!(seen.trailers.as_ref().map(|trailers| trailers["x-check"].to_str().expect("ascii")), Some("1"), "{protocols:?} {more}");
        assert_eq!(
            seen.headers.get("te").map(|te| te.as_bytes()),
            Some(&b"trailers"[..]),
            "{version:?}: an upstream that may not send trailers"
        );
        assert_eq!(seen.headers["jeton-token-id"].len(), 12);
    }
    // A certificate of another authority is no upstream, and the caller learns nothing of it.
    let (address, seen) = upstream(Some(private_authority(&ca, &["h2"]))).await;
    let route = json!({"upstream": format!("https://localhost:{}", address.port()), "upstream_ca": other});
    let (world, token) = world(route, |_| {}).await;
    let answer = world.get(&token, "/orders/7").await.expect(502);
    assert_eq!(answer.str("/code"), "upstream_unreachable");
    assert!(!answer.text.contains("certificate") && !answer.text.contains("localhost") && seen.lock().is_empty(), "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_goes_through_the_front() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let route = json!({"upstream": format!("http://{}", listener.local_addr().expect("address")), "websocket": true});
    let (world, token) = world(route, |_| {}).await;
    tokio::spawn(async move {
        let (mut io, _) = listener.accept().await.expect("accept");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            assert_ne!(io.read_buf(&mut head).await.expect("read"), 0);
        }
        io.write_all(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n").await.expect("write");
        let (mut read, mut write) = io.split();
        let _ = tokio::io::copy(&mut read, &mut write).await;
    });
    let ask = async |bearer: &str| {
        let mut io = TcpStream::connect(world.address()).await.expect("connect");
        let request = format!(
            "GET /orders/live HTTP/1.1\r\nhost: a\r\n{bearer}connection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"
        );
        io.write_all(request.as_bytes()).await.expect("write");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(tokio::time::timeout(PATIENCE, io.read_u8()).await.expect("an answer in time").expect("a whole head"));
        }
        (io, String::from_utf8_lossy(&head).into_owned())
    };
    let (_, refused) = ask("").await;
    assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
    let (mut io, switched) = ask(&format!("authorization: Bearer {}\r\n", token.0)).await;
    assert!(switched.starts_with("HTTP/1.1 101 "), "{switched}");
    io.write_all(b"\x81\x02hi").await.expect("write");
    let mut back = [0; 4];
    tokio::time::timeout(PATIENCE, io.read_exact(&mut back)).await.expect("an echo in time").expect("an echo");
    assert_eq!(&back, b"\x81\x02hi");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_has_one_host() {
    let world = World::start().await;
    // The management interface too, where no host is claimed by a route.
    let mut sender = http2(TcpStream::connect(world.address()).await.expect("connect")).await;
    for (host, status) in [("127.0.0.1", 400), (&*world.address().to_string(), 401)] {
        let request = Request::get(format!("http://{}/v1/self", world.address())).header("host", host);
        let (parts, _, _) = send(&mut sender, request.body(with_trailers("", &[])).expect("request")).await;
        assert_eq!(parts.status.as_u16(), status, "{host}");
    }
    assert_eq!(world.get(&Anonymous, "/v1/self").await.status, 401);
}
