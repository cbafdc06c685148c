//! Slow, silent and greedy clients over real sockets.

use super::*;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, StreamBody};
use std::{convert::Infallible, time::Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

const QUICK: Duration = Duration::from_millis(300);

/// Much longer than anything takes that is not waited for, on a busy machine too.
const LONG: Duration = Duration::from_secs(60);

fn quick() -> ConnectionLimits {
    ConnectionLimits { header_read: QUICK, write_stall: QUICK, ..ConnectionLimits::default() }
}

/// No limit of time that a test would notice.
fn patient() -> ConnectionLimits {
    ConnectionLimits { header_read: LONG, write_stall: LONG, drain: LONG, ..ConnectionLimits::default() }
}

/// The server's side of a connection.
struct Serving {
    stop: oneshot::Sender<()>,
    /// The server has heard that it is to stop.
    heard: oneshot::Receiver<()>,
    task: tokio::task::JoinHandle<Result<(), ConnectionFault>>,
}

impl Serving {
    /// Tells the server to stop, and waits until it has heard.
    async fn stop(self) -> tokio::task::JoinHandle<Result<(), ConnectionFault>> {
        self.stop.send(()).expect("the server runs");
        self.heard.await.expect("the server hears");
        self.task
    }
}

/// How a connection ended; it must end.
async fn ended(task: tokio::task::JoinHandle<Result<(), ConnectionFault>>) -> Result<(), ConnectionFault> {
    tokio::time::timeout(LONG / 2, task).await.expect("the connection stays open").expect("task")
}

/// A client's socket whose server side runs `service`.
async fn served<S, B>(service: S, limits: ConnectionLimits) -> (TcpStream, Serving)
where
    S: tower::Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let client = TcpStream::connect(listener.local_addr().expect("address")).await.expect("connect");
    let (io, address) = listener.accept().await.expect("accept");
    let (stop, stopped) = oneshot::channel();
    let (hear, heard) = oneshot::channel();
    let peer = Peer { address, secure: false, certificate: None };
    let task = tokio::spawn(serve_connection(io, peer, service, limits, async move {
        let _ = stopped.await;
        let _ = hear.send(());
    }));
    (client, Serving { stop, heard, task })
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let peer = *request.extensions().get::<Peer>().expect("peer");
    let length = request.into_body().collect().await.map_or(0, |body| body.to_bytes().len());
    Ok(Response::new(Full::from(format!("{} {length}", peer.address.ip()))))
}

async fn read_all(client: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let read = tokio::time::timeout(LONG / 2, client.read_to_end(&mut text)).await;
    assert!(read.is_ok(), "the connection stays open behind {:?}", String::from_utf8_lossy(&text));
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn requests_know_their_peer() {
    let (mut client, _serving) = served(tower::service_fn(answer), patient()).await;
    client.write_all(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc").await.expect("write");
    let text = read_all(&mut client).await;
    assert!(text.starts_with("HTTP/1.1 200") && text.ends_with("127.0.0.1 3"), "{text}");
}

#[tokio::test]
async fn a_client_that_sends_nothing_or_too_slowly_is_let_go() {
    for begun in ["", "G", "GET / HT", "GET / HTTP/1.1\r\nhost: a\r\nx-slow: ", "PRI * HTTP/2.0\r\n\r\nSM"] {
        let (mut client, _serving) = served(tower::service_fn(answer), quick()).await;
        let start = Instant::now();
        client.write_all(begun.as_bytes()).await.expect("write");
        let dripping = begun.contains("x-slow");
        let (mut reading, mut writing) = client.split();
        let drip = async {
            // One byte at a time, well within any idle limit: only a total one ends this.
            while dripping && writing.write_all(b"a").await.is_ok() {
                tokio::time::sleep(QUICK / 10).await;
            }
            std::future::pending::<()>().await;
        };
        let mut rest = Vec::new();
        tokio::select! {
            () = drip => {}
            read = tokio::time::timeout(LONG / 2, reading.read_to_end(&mut rest)) => assert!(read.is_ok(), "{begun:?} holds the connection"),
        }
        assert!(start.elapsed() >= QUICK / 2, "{begun:?} was let go at once");
    }
}

#[tokio::test]
async fn an_idle_connection_is_let_go_after_its_request() {
    // The time for its header section must not run out before the test has sent it, however busy the machine.
    let limits = ConnectionLimits { header_read: QUICK * 10, ..patient() };
    let (mut client, _serving) = served(tower::service_fn(answer), limits).await;
    client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("write");
    assert!(read_all(&mut client).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_client_that_does_not_read_is_let_go() {
    async fn endless(
        _: Request<Incoming>,
    ) -> Result<Response<StreamBody<impl futures_util::Stream<Item = Result<http_body::Frame<Bytes>, Infallible>>>>, Infallible> {
        let chunk = Bytes::from(vec![b'x'; 64 * 1024]);
        Ok(Response::new(StreamBody::new(futures_util::stream::repeat_with(move || Ok(http_body::Frame::data(chunk.clone()))))))
    }
    let limits = ConnectionLimits { write_stall: QUICK, ..patient() };
    let (mut client, serving) = served(tower::service_fn(endless), limits).await;
    client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("write");
    assert!(ended(serving.task).await.is_err());
}

#[tokio::test]
async fn header_sections_are_bounded() {
    let many = (0..limits::HEADERS_MAX + 1).map(|at| format!("x-{at}: a\r\n")).collect::<String>();
    let large = format!("x-large: {}\r\n", "a".repeat(limits::HEADER_BYTES_MAX));
    for headers in [many, large] {
        let (mut client, _serving) = served(tower::service_fn(answer), patient()).await;
        // The answer comes, and the end with it, before all of it is written.
        let _ = client.write_all(format!("GET / HTTP/1.1\r\nhost: a\r\n{headers}\r\n").as_bytes()).await;
        assert!(read_all(&mut client).await.starts_with("HTTP/1.1 431"));
    }
}

#[tokio::test]
async fn a_stop_lets_what_is_under_way_finish() {
    let (begin, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let service = tower::service_fn(move |request| {
        let _ = begin.send(());
        answer(request)
    });
    let (mut client, serving) = served(service, patient()).await;
    client.write_all(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\na").await.expect("write");
    begun.recv().await.expect("the request is under way");
    let task = serving.stop().await;
    client.write_all(b"bc").await.expect("write");
    let text = read_all(&mut client).await.to_ascii_lowercase();
    assert!(text.starts_with("http/1.1 200") && text.ends_with("127.0.0.1 3"), "{text}");
    // Only an answer that is the last one says so: the stop was known while the request was under way.
    assert!(text.contains("\r\nconnection: close\r\n"), "{text}");
    ended(task).await.expect("a clean end");
}

#[tokio::test]
async fn a_stop_ends_what_never_finishes() {
    let (begin, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let service = tower::service_fn(move |request| {
        let _ = begin.send(());
        answer(request)
    });
    let (mut client, serving) = served(service, ConnectionLimits { drain: QUICK, ..patient() }).await;
    client.write_all(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\na").await.expect("write");
    begun.recv().await.expect("the request is under way");
    assert!(ended(serving.stop().await).await.is_err(), "a request that was cut off is no clean end");
    assert_eq!(read_all(&mut client).await, "");
}

#[tokio::test]
async fn a_stop_ends_an_idle_connection_soon() {
    // Between two requests, and before the first: neither waits for the time that a header section may take.
    for sent in ["GET / HTTP/1.1\r\nhost: a\r\n\r\n", ""] {
        let (mut client, serving) = served(tower::service_fn(answer), patient()).await;
        client.write_all(sent.as_bytes()).await.expect("write");
        let mut text = Vec::new();
        while !sent.is_empty() && !text.ends_with(b"127.0.0.1 0") {
            assert_ne!(client.read_buf(&mut text).await.expect("an answer"), 0, "{}", String::from_utf8_lossy(&text));
        }
        let task = serving.stop().await;
        assert_eq!(read_all(&mut client).await, "", "{sent:?}");
        let _ = ended(task).await;
    }
}

#[tokio::test]
async fn a_request_that_comes_as_the_program_stops_is_answered() {
    // On a connection that is new, and on one that was idle.
    for earlier in [0, 1] {
        let (mut client, serving) = served(tower::service_fn(answer), patient()).await;
        for _ in 0..earlier {
            client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("write");
            let mut text = Vec::new();
            while !text.ends_with(b"127.0.0.1 0") {
                assert_ne!(client.read_buf(&mut text).await.expect("an answer"), 0, "{}", String::from_utf8_lossy(&text));
            }
        }
        let task = serving.stop().await;
        client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("write");
        let text = read_all(&mut client).await.to_ascii_lowercase();
        assert!(text.starts_with("http/1.1 200") && text.contains("\r\nconnection: close\r\n"), "{earlier}: {text}");
        ended(task).await.expect("a clean end");
    }
}
