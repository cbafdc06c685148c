//! An API behind the gate that wants to see whose connection it is: the gate shows the certificate of its route.

use super::world::{Bearer, ORDERS, On, World};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{RootCertStore, ServerConfig, server::WebPkiClientVerifier};
use rustls_pki_types::PrivateKeyDer;
use serde_json::json;
use std::{net::SocketAddr, path::Path, sync::Arc};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

/// Makes an authority, certificates by it for a server and for the gate, and the server's configuration.
fn demanding(folder: &Path) -> ServerConfig {
    let mut authority = CertificateParams::new(Vec::<String>::new()).expect("parameters");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().expect("key");
    let root = authority.self_signed(&authority_key).expect("certificate");
    let issuer = Issuer::new(authority, authority_key);
    let signed = |name: &str| {
        let key = KeyPair::generate().expect("key");
        let certificate = CertificateParams::new(vec![name.to_owned()]).expect("parameters").signed_by(&key, &issuer).expect("certificate");
        (certificate, key)
    };
    let ((server, server_key), (gate, gate_key)) = (signed("localhost"), signed("gate.internal"));
    for (name, text) in [("ca.pem", root.pem()), ("gate.pem", gate.pem()), ("gate.key", gate_key.serialize_pem())] {
        std::fs::write(folder.join(name), text).expect("a file");
    }
    let mut roots = RootCertStore::empty();
    roots.add(root.der().clone()).expect("an authority");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().expect("a verifier");
    let key = PrivateKeyDer::try_from(server_key.serialize_der()).expect("key");
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    builder.with_client_cert_verifier(verifier).with_single_cert(vec![server.der().clone()], key).expect("configuration")
}

async fn serve(config: ServerConfig) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("an address");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((io, _)) = listener.accept().await {
            let Ok(mut io) = acceptor.accept(io).await else { continue };
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") && io.read_buf(&mut head).await.is_ok_and(|count| count > 0) {}
            let _ = io.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}").await;
            let _ = io.shutdown().await;
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_wants_a_certificate_gets_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let address = serve(demanding(folder.path())).await;
    let file = |name: &str| folder.path().join(name);
    for (certificate, status) in [(true, 200), (false, 502)] {
        let mut route = json!({
            "path": "/v1/orders/**", "audience": ORDERS, "scopes": ["orders:read"],
            "upstream": format!("https://localhost:{}", address.port()), "upstream_ca": file("ca.pem"),
        });
        if certificate {
            route["upstream_certificate"] = json!(file("gate.pem"));
            route["upstream_key"] = json!(file("gate.key"));
        }
        let world = World::on(On::Sqlite, |config| config.gate.route = vec![serde_json::from_value(route).expect("a route")]).await;
        world.declare_orders().await;
        let issued = world.issue(json!({"kind": "svc", "name": "robot", "audience": [ORDERS], "scopes": ["orders:read"]})).await;
        world.get(&Bearer(issued.str("/token").to_owned()), "/v1/orders/7").await.expect(status);
    }
}
