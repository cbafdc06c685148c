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

fn quick() -> ConnectionLimits {
    ConnectionLimits { header_read: QUICK, write_stall: QUICK, drain: QUICK * 10, ..ConnectionLimits::default() }
}

/// A client's socket whose server side runs `service`; `stop` ends it, and the last tells how it ended.
async fn served<S, B>(service: S) -> (TcpStream, oneshot::Sender<()>, tokio::task::JoinHandle<Result<(), ConnectionFault>>)
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
    let peer = Peer { address, secure: false };
    let task = tokio::spawn(serve_connection(io, peer, service, quick(), async move {
        let _ = stopped.await;
    }));
    (client, stop, task)
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let peer = *request.extensions().get::<Peer>().expect("peer");
    let length = request.into_body().collect().await.map_or(0, |body| body.to_bytes().len());
    Ok(Response::new(Full::from(format!("{} {length}", peer.address.ip()))))
}

async fn read_all(client: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let read = tokio::time::timeout(QUICK * 30, client.read_to_end(&mut text)).await;
    assert!(read.is_ok(), "the connection stays open");
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn requests_know_their_peer() {
    let (mut client, _stop, _task) = served(tower::service_fn(answer)).await;
    client.write_all(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc").await.expect("write");
    let text = read_all(&mut client).await;
    assert!(text.starts_with("HTTP/1.1 200") && text.ends_with("127.0.0.1 3"), "{text}");
}

#[tokio::test]
async fn a_client_that_sends_nothing_or_too_slowly_is_let_go() {
    for begun in ["", "G", "GET / HT", "GET / HTTP/1.1\r\nhost: a\r\nx-slow: ", "PRI * HTTP/2.0\r\n\r\nSM"] {
        let (mut client, _stop, _task) = served(tower::service_fn(answer)).await;
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
            read = tokio::time::timeout(QUICK * 30, reading.read_to_end(&mut rest)) => assert!(read.is_ok(), "{begun:?} holds the connection"),
        }
        assert!(start.elapsed() >= QUICK / 2, "{begun:?} was let go at once");
    }
}

#[tokio::test]
async fn an_idle_connection_is_let_go_after_its_request() {
    let (mut client, _stop, _task) = served(tower::service_fn(answer)).await;
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
    let (mut client, _stop, task) = served(tower::service_fn(endless)).await;
    client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("write");
    let ended = tokio::time::timeout(QUICK * 60, task).await.expect("the connection stays open").expect("task");
    assert!(ended.is_err());
}

#[tokio::test]
async fn header_sections_are_bounded() {
    let many = (0..limits::HEADERS_MAX + 1).map(|at| format!("x-{at}: a\r\n")).collect::<String>();
    let large = format!("x-large: {}\r\n", "a".repeat(limits::HEADER_BYTES_MAX));
    for headers in [many, large] {
        let (mut client, _stop, _task) = served(tower::service_fn(answer)).await;
        let _ = client.write_all(format!("GET / HTTP/1.1\r\nhost: a\r\n{headers}\r\n").as_bytes()).await;
        assert!(read_all(&mut client).await.starts_with("HTTP/1.1 431"));
    }
}

#[tokio::test]
async fn a_stop_lets_what_is_under_way_finish() {
    let (mut client, stop, task) = served(tower::service_fn(answer)).await;
    client.write_all(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\na").await.expect("write");
    client.flush().await.expect("flush");
    stop.send(()).expect("stop");
    tokio::task::yield_now().await;
    client.write_all(b"bc").await.expect("write");
    let text = read_all(&mut client).await;
    // The stop may come before the request was seen; then the connection just ends.
    assert!(text.is_empty() || text.ends_with("127.0.0.1 3"), "{text}");
    assert!(tokio::time::timeout(QUICK * 30, task).await.is_ok());
}
