//! Serves one connection, with every limit that keeps a slow or greedy client from holding it. Must never be replaced by a
//! bare `serve_connection`: hyper's defaults wait without end for the first bytes and for clients that do not read.
//!
//! What is bounded: the time until a whole header section is there (also the idle time between requests), the time that a
//! client may let an answer wait unread, header fields and bytes, HTTP/2 streams and resets. Bodies are bounded where they are
//! read. On a stop signal requests that are under way are finished, for a bounded time.

use crate::{nudge::Nudge, route_table::duration};
use futures_util::{
    FutureExt,
    future::{Join, Map, Ready, join, ready},
};
use head_clock::{HeadClock, HeadTimer};
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body::Body;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use jeton_core::limits;
use std::{
    future::{Future, poll_fn},
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};
use tokio::io::{AsyncRead, AsyncWrite};

mod head_clock;
mod stall;

pub use stall::StallGuard;

/// Who is at the other end of a connection. Every request that is served here has it among its extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The address of the socket: of a proxy, where there is one.
    pub address: SocketAddr,
    /// Whether the connection is encrypted.
    pub secure: bool,
    /// The SHA-256 of the certificate that the other end proved to hold the key of.
    pub certificate: Option<[u8; 32]>,
}

/// The limits of a connection.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// Time for a header section, and idle time before it.
    pub header_read: Duration,
    /// Time that an answer may wait unread.
    pub write_stall: Duration,
    /// Time for requests under way once the program was told to stop.
    pub drain: Duration,
    /// Most header fields.
    pub headers: usize,
    /// Largest header section in bytes.
    pub header_bytes: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            header_read: duration(limits::HEADER_READ_TIME),
            write_stall: duration(limits::WRITE_STALL_TIME),
            drain: duration(limits::DRAIN_TIME),
            headers: limits::HEADERS_MAX,
            header_bytes: limits::HEADER_BYTES_MAX,
        }
    }
}

/// Most header fields that hyper takes by itself. Where it is told a number, this one too, it clears a table of that size for every message.
pub(crate) const HYPERS_HEADERS_MAX: usize = 100;

/// A connection's end that was not a clean one. For the log at its finest level: clients break off all the time.
pub type ConnectionFault = Box<dyn std::error::Error + Send + Sync>;

/// hyper's server with the limits set. For [`serve_connection`], and for a bare server that is measured against it.
pub fn builder(limits: &ConnectionLimits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read)
        // A header section that does not fit the buffer is answered 431; bodies stream through it.
        .max_buf_size(limits.header_bytes.max(8192));
    if limits.headers != HYPERS_HEADERS_MAX {
        builder.http1().max_headers(limits.headers);
    }
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits::HTTP2_STREAMS_MAX)
        .initial_stream_window_size(limits::HTTP2_STREAM_WINDOW)
        .initial_connection_window_size(limits::HTTP2_CONNECTION_WINDOW)
        .max_frame_size(limits::HTTP2_FRAME_MAX)
        .max_send_buf_size(limits::HTTP2_SEND_BUFFER)
        .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(limits::HTTP2_RESETS_MAX)
        .max_local_error_reset_streams(limits::HTTP2_RESETS_MAX)
        .keep_alive_interval(duration(limits::HTTP2_PING_TIME))
        .keep_alive_timeout(duration(limits::HTTP2_PING_TIME));
    builder
}

/// Serves HTTP/1.1 and HTTP/2 on `io` until the client is done, a limit is reached, or `stop` comes and what is under way is
/// finished.
pub async fn serve_connection<I, S, B>(
    io: I,
    peer: Peer,
    service: S,
    limits: ConnectionLimits,
    stop: impl Future<Output = ()>,
) -> Result<(), ConnectionFault>
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: tower::Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send,
    S::Future: Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (begun, ending) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let service = WithPeer { inner: service, peer, begun: Arc::clone(&begun), ending: Arc::clone(&ending) };
    let service = TowerToHyperService::new(service);
    let mut builder = builder(&limits);
    let heads = HeadClock::new();
    builder.http1().timer(HeadTimer::new(&heads));
    let io = TokioIo::new(StallGuard::new(io, limits.write_stall));
    let mut connection = pin!(builder.serve_connection_with_upgrades(io, service));
    if let Some(ended) = until_stop(connection.as_mut(), pin!(stop), &heads, limits.header_read, &begun).await {
        return ended;
    }
    // hyper ends a connection at once on which nothing is under way. Whoever has just connected, or sends the next request this moment,
    // is answered all the same, and told that it was the last.
    ending.store(true, Ordering::Relaxed);
    if let Ok(ended) = tokio::time::timeout(duration(limits::IDLE_GRACE).min(limits.drain), connection.as_mut()).await {
        return ended;
    }
    connection.as_mut().graceful_shutdown();
    tokio::time::timeout(limits.drain, connection)
        .await
        .unwrap_or_else(|_| Err("requests were still under way at the end of the time to stop".into()))
}

/// Lets a connection work until it has ended, and tells how; `None` when `stop` came first. Until its first request has `begun` it is
/// bounded here: hyper does not bound the bytes by which it tells the version.
async fn until_stop<C>(
    mut connection: Pin<&mut C>,
    mut stop: Pin<&mut impl Future<Output = ()>>,
    heads: &HeadClock,
    header_read: Duration,
    begun: &AtomicBool,
) -> Option<Result<(), ConnectionFault>>
where
    C: Future<Output = Result<(), ConnectionFault>>,
{
    let mut alarm = pin!(tokio::time::sleep(header_read));
    let nudge = Arc::new(Nudge::default());
    let called = Waker::from(Arc::clone(&nudge));
    poll_fn(|cx| {
        loop {
            if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
                return Poll::Ready(Some(ended));
            }
            // Nearly always it was the connection that woke this task.
            if nudge.still_waits(cx.waker()) {
                return Poll::Pending;
            }
            nudge.hush();
            if stop.as_mut().poll(&mut Context::from_waker(&called)).is_ready() {
                return Poll::Ready(None);
            }
            if alarm.as_mut().poll(&mut Context::from_waker(&called)).is_pending() {
                nudge.wait(cx.waker());
                return Poll::Pending;
            }
            if !begun.load(Ordering::Relaxed) {
                return Poll::Ready(Some(Err("no request came in time".into())));
            }
            alarm.as_mut().reset(heads.look(header_read).into());
        }
    })
    .await
}

/// Whether the program is to stop.
type Ending = Arc<AtomicBool>;
/// What a service came to.
type Answered<B, E> = Result<Response<B>, E>;

/// Adds the peer to each request, and tells the client of the answer that is the last.
#[derive(Clone)]
struct WithPeer<S> {
    inner: S,
    peer: Peer,
    begun: Arc<AtomicBool>,
    ending: Ending,
}

impl<S, B, R> tower::Service<Request<B>> for WithPeer<S>
where
    S: tower::Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Map<Join<S::Future, Ready<Ending>>, fn((Answered<R, S::Error>, Ending)) -> Answered<R, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }
    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        self.begun.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(self.peer);
        join(self.inner.call(request), ready(Arc::clone(&self.ending))).map(say_goodbye as fn(_) -> _)
    }
}

/// Closes a connection of HTTP/1.1 behind its answer, once the program is to stop.
fn say_goodbye<B, E>((mut answer, ending): (Answered<B, E>, Ending)) -> Answered<B, E> {
    if let Ok(response) = &mut answer
        && ending.load(Ordering::Relaxed)
        && response.status() != StatusCode::SWITCHING_PROTOCOLS
    {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

#[cfg(test)]
mod tests;
