//! A gate that reaches its authority through an HTTP proxy alone (`HTTPS_PROXY`, CONNECT): the proxy carries what it cannot read.

use super::{
    authorities::{CertificateAuthority, Life},
    caller::Caller,
    installation::{AUDIENCE, Installation, until},
    rig::{Authority, GateHouse},
};
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// A name that only the proxy knows.
const NAME: &str = "authority.example.test";

/// A proxy that joins whoever asks to one address.
struct Tunnel {
    address: SocketAddr,
    /// What it was sent before it began to carry.
    heads: Arc<Mutex<Vec<String>>>,
    is_open: Arc<AtomicBool>,
    /// Ends what is carried.
    cut: watch::Sender<u64>,
}

impl Tunnel {
    async fn to(authority: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let own = Self { address, heads: Arc::default(), is_open: Arc::new(AtomicBool::new(true)), cut: watch::Sender::new(0) };
        let (heads, is_open, cut) = (Arc::clone(&own.heads), Arc::clone(&own.is_open), own.cut.subscribe());
        tokio::spawn(async move {
            while let Ok((io, _)) = listener.accept().await {
                tokio::spawn(carry(io, authority, Arc::clone(&heads), Arc::clone(&is_open), cut.clone()));
            }
        });
        own
    }
    fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("unbroken").clone()
    }
    /// Opens it, or shuts it and ends what it carries.
    fn open(&self, is_open: bool) {
        self.is_open.store(is_open, Ordering::SeqCst);
        self.cut.send_modify(|times| *times += 1);
    }
}

async fn carry(
    mut io: TcpStream,
    authority: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    is_open: Arc<AtomicBool>,
    mut cut: watch::Receiver<u64>,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && io.read_buf(&mut head).await.is_ok_and(|read| read > 0) {}
    heads.lock().expect("unbroken").push(String::from_utf8_lossy(&head).into_owned());
    if !is_open.load(Ordering::SeqCst) {
        let _ = io.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await;
        return;
    }
    cut.mark_unchanged();
    let Ok(mut theirs) = TcpStream::connect(authority).await else { return };
    if io.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.is_ok() {
        tokio::select! {
            _ = copy_bidirectional(&mut io, &mut theirs) => {}
            _ = cut.changed() => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_follows_through_a_proxy_that_sees_nothing() {
    let ca = CertificateAuthority::new();
    let installation = Installation::on_sqlite("[tls]\ncertificate = \"certificate.pem\"\nkey = \"key.pem\"\n");
    ca.write_pair(installation.path(), NAME, Life::Good);
    let node = installation.start().await;
    let own = reqwest::Certificate::from_pem(ca.pem.as_bytes()).expect("a certificate");
    let direct = reqwest::Client::builder().tls_certs_only([own]).resolve(NAME, node.address).build().expect("a client");
    let owner = Caller::over(direct, &format!("https://{NAME}:{}", node.address.port()), &installation.owner);
    let authority = Authority::with(installation, node, owner).await;
    let (alive, dead) = (authority.owner.issue("alive").await, authority.owner.issue("dead").await);
    let credential = authority.gate_token(&[AUDIENCE]).await;
    let house = GateHouse::following(&format!("https://{NAME}"), &credential, "ca = \"ca.pem\"");
    std::fs::write(house.path().join("ca.pem"), &ca.pem).expect("a file");
    let tunnel = Tunnel::to(authority.node.address).await;
    let proxy = format!("http://{}", tunnel.address);
    let through = [("HTTPS_PROXY", proxy.as_str()), ("https_proxy", &proxy), ("NO_PROXY", ""), ("no_proxy", "")];
    let gate = house.launch_with(&through).ready().await;
    gate.comes_to(&alive.text, 200).await;
    authority.revoke(&dead.id).await;
    gate.comes_to(&dead.text, 401).await;
    for head in tunnel.heads() {
        assert!(head.starts_with(&format!("CONNECT {NAME}:443 HTTP/1.1\r\n")), "{head}");
        assert!(!head.contains(&credential.text) && !head.to_ascii_lowercase().contains("\nauthorization:"), "{head}");
    }
    tunnel.open(false);
    until("the gate says that the proxy refuses", async || {
        let (ready, detail) = gate.check("authority").await;
        (!ready && detail.contains("tunnel")).then_some(())
    })
    .await;
    until("the gate lets nothing pass", async || (gate.ask(&alive.text).await.status == 503).then_some(())).await;
    tunnel.open(true);
    gate.comes_to(&alive.text, 200).await;
    until("it follows", async || gate.check("authority").await.0.then_some(())).await;
}
