//! Against a real TLS server on this machine, which only a test's own settings let be called.

use super::*;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// A TLS server that gives one answer to everybody, and counts.
struct Server {
    port: u16,
    root: Vec<u8>,
    asked: Arc<AtomicUsize>,
}

impl Server {
    async fn start(answer: &'static str, pad: usize) -> Self {
        let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let root = own.cert.pem().into_bytes();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .expect("a server");
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let port = listener.local_addr().expect("an address").port();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, count) = (acceptor.clone(), Arc::clone(&count));
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut request = [0; 2048];
                    let _ = stream.read(&mut request).await;
                    count.fetch_add(1, Ordering::Relaxed);
                    let _ = stream.write_all(answer.as_bytes()).await;
                    let _ = stream.write_all(&vec![b' '; pad]).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { port, root, asked }
    }
    fn url(&self) -> Url {
        Url::parse(&format!("https://localhost:{}/document", self.port)).expect("a URL")
    }
    fn fetcher(&self, addresses: Addresses) -> Fetcher {
        Fetcher::new(FetchSettings { addresses, plain_loopback: false, further_roots: self.root.clone() })
    }
    async fn get(&self, most: usize) -> Result<Fetched, FetchFault> {
        self.fetcher(Addresses::PublicAndLoopback).get(&self.url(), most).await
    }
}

const OK: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\ncache-control: max-age=120\r\nconnection: close\r\n\r\n{\"a\":1}";

#[tokio::test]
async fn what_may_be_called_is_fetched_and_held() {
    let server = Server::start(OK, 0).await;
    let fetched = server.get(100).await.expect("fetched");
    assert_eq!((&fetched.body[..], fetched.life), (&b"{\"a\":1}"[..], Duration::from_secs(120)));
    let fetcher = server.fetcher(Addresses::PublicAndLoopback);
    let held = Held::<usize>::default();
    let before = server.asked.load(Ordering::Relaxed);
    let url = server.url();
    let read = |body: &[u8]| Ok(body.len());
    let (one, two, three) =
        tokio::join!(held.get(&fetcher, &url, 100, read), held.get(&fetcher, &url, 100, read), held.get(&fetcher, &url, 100, read));
    assert_eq!([one, two, three].map(|read| read.map(|read| *read)), [Ok(7), Ok(7), Ok(7)]);
    assert_eq!(server.asked.load(Ordering::Relaxed) - before, 1, "one fetch for all");
    held.find_newer(&fetcher, &url, 100, Duration::ZERO, read).await.expect("fetched");
    assert_eq!(server.asked.load(Ordering::Relaxed) - before, 2);
}

#[tokio::test]
async fn a_name_that_leads_to_a_special_address_is_not_called() {
    let server = Server::start(OK, 0).await;
    let fault = server.fetcher(Addresses::Public).get(&server.url(), 100).await.expect_err("refused");
    assert_eq!(fault, FetchFault::Forbidden(address::NOT_PUBLIC));
    assert_eq!(server.asked.load(Ordering::Relaxed), 0, "nobody was asked");
}

#[tokio::test]
async fn addresses_that_are_never_called() {
    let fetcher = Fetcher::new(FetchSettings::of(false));
    let develop = Fetcher::new(FetchSettings::of(true));
    for text in [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://192.168.1.1/",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:a9fe:a9fe]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[fd00:ec2::254]/",
        "https://[fe80::1]/",
        "https://[2002:7f00:1::]/",
        "https://255.255.255.255/",
        "https://user@example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
    ] {
        let url = Url::parse(text).expect(text);
        assert!(matches!(fetcher.get(&url, 100).await, Err(FetchFault::Forbidden(_))), "{text}");
    }
    for text in ["http://example.com/", "https://10.0.0.1/", "http://10.0.0.1/", "https://169.254.169.254/", "http://[::ffff:127.0.0.1]/"] {
        let url = Url::parse(text).expect(text);
        assert!(matches!(develop.get(&url, 100).await, Err(FetchFault::Forbidden(_))), "{text} in development");
    }
}

#[tokio::test]
async fn what_is_not_as_it_should_be_is_refused_and_rests() {
    let cases = [
        ("HTTP/1.1 302 Found\r\nlocation: https://169.254.169.254/\r\ncontent-length: 0\r\n\r\n", FetchFault::Status(302)),
        ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", FetchFault::Status(404)),
        ("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\n{}", FetchFault::NotJson),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", FetchFault::NotJson),
        ("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 200\r\n\r\n{}", FetchFault::TooLong(100)),
    ];
    for (answer, fault) in cases {
        let server = Server::start(answer, 0).await;
        let fetcher = server.fetcher(Addresses::PublicAndLoopback);
        assert_eq!(fetcher.get(&server.url(), 100).await.expect_err("refused"), fault);
        assert_eq!(fetcher.get(&server.url(), 100).await.expect_err("rests"), FetchFault::Resting);
        assert_eq!(server.asked.load(Ordering::Relaxed), 1);
        let neighbour = server.url().join("/neighbour").expect("a URL");
        assert_ne!(fetcher.get(&neighbour, 100).await.expect_err("refused"), FetchFault::Resting, "its neighbour does not pay for it");
    }
    let endless = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
    let server = Server::start(endless, 1_000_000).await;
    assert_eq!(server.get(5000).await.expect_err("refused"), FetchFault::TooLong(5000));
    let server = Server::start(OK, 0).await;
    let strange = Fetcher::new(FetchSettings { addresses: Addresses::PublicAndLoopback, plain_loopback: false, further_roots: Vec::new() });
    let fault = strange.get(&server.url(), 100).await.expect_err("an unknown certificate");
    assert!(matches!(fault, FetchFault::Unreachable(_)), "{fault:?}");
    let neighbour = server.url().join("/neighbour").expect("a URL");
    assert_eq!(
        strange.get(&neighbour, 100).await.expect_err("rests"),
        FetchFault::Resting,
        "a server that is not reached rests as a whole"
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_not_held() {
    let server = Server::start(OK, 0).await;
    let fetcher = server.fetcher(Addresses::PublicAndLoopback);
    let held = Held::<()>::default();
    let bad = |_: &[u8]| Err("holds nothing of use".to_owned());
    let fault = held.get(&fetcher, &server.url(), 100, bad).await.expect_err("refused");
    assert_eq!(fault, FetchFault::Malformed("holds nothing of use".to_owned()));
    assert!(!fault.is_passing() && held.find(&server.url()).is_none());
    assert_eq!(held.get(&fetcher, &server.url(), 100, |_| Ok(())).await.expect_err("rests"), FetchFault::Resting);
}

#[test]
fn how_long_an_answer_is_held_is_bounded() {
    let life = |value: &'static str| {
        answer::life(&[(http::header::CACHE_CONTROL, http::HeaderValue::from_static(value))].into_iter().collect()).as_secs()
    };
    assert_eq!((life("max-age=0"), life("no-store"), life("no-cache, max-age=600")), (60, 60, 60));
    assert_eq!((life("public, max-age=600"), life("Max-Age=\"600\""), life("max-age=99999999")), (600, 600, 86_400));
    assert_eq!((life("max-age=x"), life("private")), (900, 900));
}
