//! HTTP/2 frame by frame: what the engine's limits are, and what a client can do with frames that no library would send.

use super::rig::{PATIENCE, Rig, Upstream, start};
use jeton_core::limits;
use serde_json::json;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

// Types of frames (RFC 9113, section 6).
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
// Flags.
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
// Errors (section 7).
const PROTOCOL_ERROR: u32 = 1;
const ENHANCE_YOUR_CALM: u32 = 11;
/// `:status: 200` and `:status: 400` as HPACK's static table has them, which every encoder uses.
const STATUS_200: u8 = 0x88;
const STATUS_400: u8 = 0x8c;

#[derive(Debug)]
struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

impl Frame {
    fn new(kind: u8, flags: u8, stream: u32, payload: Vec<u8>) -> Self {
        Self { kind, flags, stream, payload }
    }
    fn bytes(&self) -> Vec<u8> {
        let length = u32::try_from(self.payload.len()).expect("short").to_be_bytes();
        [&length[1..], &[self.kind, self.flags][..], &self.stream.to_be_bytes()[..], self.payload.as_slice()].concat()
    }
    /// The error that a `RST_STREAM` or `GOAWAY` gives.
    fn error(&self) -> u32 {
        let at = if self.kind == GOAWAY { 4 } else { 0 };
        u32::from_be_bytes(self.payload[at..at + 4].try_into().expect("four bytes"))
    }
}

/// Fields in HPACK's plainest form: new names, nothing indexed, no Huffman code.
fn fields(list: &[(&str, &str)]) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).expect("short")][..], text.as_bytes()].concat();
    list.iter().flat_map(|(name, value)| [vec![0], text(name), text(value)].concat()).collect()
}

/// A `GET` with these fields besides.
fn get(path: &str, authority: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let start = [(":method", "GET"), (":scheme", "http"), (":path", path), (":authority", authority)];
    fields(&[&start[..], more].concat())
}

/// A connection that has sent the preface; what comes back is read frame by frame.
struct Client {
    io: TcpStream,
}

impl Client {
    async fn of(rig: &Rig) -> Self {
        let mut io = rig.connect().await;
        io.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.expect("write");
        io.write_all(&Frame::new(SETTINGS, 0, 0, Vec::new()).bytes()).await.expect("write");
        Self { io }
    }
    async fn send(&mut self, frames: &[Frame]) {
        let bytes: Vec<u8> = frames.iter().flat_map(Frame::bytes).collect();
        self.io.write_all(&bytes).await.expect("write");
    }
    /// The next frame; `None` at the end of the connection.
    async fn next(&mut self) -> Option<Frame> {
        let read = async {
            let mut head = [0; 9];
            self.io.read_exact(&mut head).await.ok()?;
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let mut payload = vec![0; usize::try_from(length).expect("short")];
            self.io.read_exact(&mut payload).await.ok()?;
            Some(Frame::new(head[3], head[4], u32::from_be_bytes([head[5], head[6], head[7], head[8]]), payload))
        };
        tokio::time::timeout(PATIENCE, read).await.expect("a frame in time")
    }
    /// The first frame of this kind.
    async fn first(&mut self, kind: u8) -> Frame {
        loop {
            let frame = self.next().await.expect("the connection ended");
            if frame.kind == kind {
                return frame;
            }
        }
    }
    /// How the server answered a request with these fields: the first byte of its header block, or the error of its stream.
    async fn outcome(&mut self, stream: u32, block: Vec<u8>) -> Result<u8, u32> {
        self.send(&[Frame::new(HEADERS, END_STREAM | END_HEADERS, stream, block)]).await;
        loop {
            let frame = self.next().await.expect("the connection ended");
            match frame.kind {
                HEADERS if frame.stream == stream => return Ok(frame.payload[0]),
                RST_STREAM if frame.stream == stream => return Err(frame.error()),
                GOAWAY => return Err(frame.error()),
                _ => {}
            }
        }
    }
}

async fn rig(upstream: &Upstream) -> (Rig, String) {
    let rig = start(upstream.address, &[json!({"path": "/v1/**", "scopes": ["orders:read"]})], &[]).await;
    let bearer = format!("Bearer {}", rig.token);
    (rig, bearer)
}

#[tokio::test]
async fn the_limits_of_the_engine_are_told_to_clients() {
    let upstream = Upstream::start(OK).await;
    let (rig, _) = rig(&upstream).await;
    let mut client = Client::of(&rig).await;
    let settings = client.first(SETTINGS).await;
    assert_eq!(settings.flags & ACK, 0);
    let told = |id: u16| {
        let own = settings.payload.chunks_exact(6).find(|one| one[..2] == id.to_be_bytes());
        own.map(|one| u32::from_be_bytes(one[2..].try_into().expect("four bytes")))
    };
    let (concurrent, window, frame, list, connect) = (told(3), told(4), told(5), told(6), told(8));
    assert_eq!(concurrent, Some(limits::HTTP2_STREAMS_MAX));
    assert_eq!(window, Some(limits::HTTP2_STREAM_WINDOW));
    assert_eq!(frame.unwrap_or(16_384), limits::HTTP2_FRAME_MAX);
    assert_eq!(list, u32::try_from(limits::HEADER_BYTES_MAX).ok());
    assert_eq!(connect, None, "tunnels through HTTP/2 are not offered");
}

#[tokio::test]
async fn a_host_that_contradicts_the_authority_is_refused() {
    let upstream = Upstream::start(OK).await;
    let (rig, bearer) = rig(&upstream).await;
    let mut client = Client::of(&rig).await;
    let auth = ("authorization", bearer.as_str());
    assert_eq!(client.outcome(1, get("/v1/a", "a", &[auth])).await, Ok(STATUS_200));
    assert_eq!(client.outcome(3, get("/v1/a", "a", &[auth, ("host", "a")])).await, Ok(STATUS_200));
    assert_eq!(upstream.arrived().len(), 2);
    for (at, hosts) in [&[("host", "b")][..], &[("host", "a"), ("host", "b")], &[("host", "")]].iter().enumerate() {
        let stream = 5 + 2 * u32::try_from(at).expect("short");
        let outcome = client.outcome(stream, get("/v1/a", "a", &[&[auth][..], hosts].concat())).await;
        assert!(matches!(outcome, Ok(STATUS_400) | Err(PROTOCOL_ERROR)), "{hosts:?}: {outcome:?}");
    }
    assert_eq!(upstream.arrived().len(), 2, "passed on under one of two hosts");
}

#[tokio::test]
async fn what_http2_forbids_does_not_arrive() {
    let upstream = Upstream::start(OK).await;
    let (rig, bearer) = rig(&upstream).await;
    let auth = ("authorization", bearer.as_str());
    let forbidden: &[&[(&str, &str)]] = &[
        &[("connection", "x-hop"), ("x-hop", "a")],
        &[("transfer-encoding", "chunked")],
        &[("upgrade", "websocket")],
        &[("keep-alive", "a")],
        &[("proxy-connection", "a")],
        &[("te", "gzip")],
        &[("X-Capital", "a")],
        &[("x-bad", "a\r\nx-injected: b")],
        &[("x-bad", "a\0b")],
        &[(":path", "/v1/b")],
        &[(":unknown", "a")],
        &[("content-length", "5")],
    ];
    for more in forbidden {
        let outcome = Client::of(&rig).await.outcome(1, get("/v1/a", "a", &[&[auth][..], more].concat())).await;
        assert!(matches!(outcome, Ok(STATUS_400) | Err(PROTOCOL_ERROR)), "{more:?}: {outcome:?}");
    }
    for (path, authority) in
        [("/v1/../v1/a", "a"), ("/v1//a", "a"), ("*", "a"), ("", "a"), ("v1/a", "a"), ("/v1/a", "user@a"), ("/v1/a b", "a")]
    {
        let outcome = Client::of(&rig).await.outcome(1, get(path, authority, &[auth])).await;
        assert!(outcome != Ok(STATUS_200), "{path:?} {authority:?}: {outcome:?}");
    }
    assert!(upstream.arrived().is_empty(), "{:?}", upstream.arrived());
}

#[tokio::test]
async fn aliases_of_reserved_fields_are_removed() {
    let upstream = Upstream::start(OK).await;
    let (rig, bearer) = rig(&upstream).await;
    let more = [
        ("authorization", bearer.as_str()),
        ("jeton-subject", "admin"),
        ("jeton_subject", "admin"),
        ("jeton.subject", "admin"),
        ("x_forwarded_for", "10.0.0.1"),
        ("x.forwarded.for", "10.0.0.1"),
        ("x-real_ip", "10.0.0.1"),
        ("forwarded", "for=10.0.0.1"),
        ("jeton-min-revision", "999"),
        ("content_length", "7"),
        ("proxy-authorization", "Basic YTpi"),
        ("te", "trailers"),
        ("x-kept", "yes"),
    ];
    assert_eq!(Client::of(&rig).await.outcome(1, get("/v1/%6frders?a=b", "API.example:80", &more)).await, Ok(STATUS_200));
    let arrived = upstream.only();
    assert_eq!(arrived.line, "GET /v1/orders?a=b HTTP/1.1");
    assert!(arrived.headers.iter().all(|(_, value)| !value.contains("admin") && !value.contains("10.0.0.1")), "{arrived:?}");
    let wanted = [
        ("jeton-subject", "robot"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", "API.example:80"),
        ("via", "2 jeton"),
        ("x-kept", "yes"),
        ("te", "trailers"),
    ];
    for (name, value) in wanted {
        assert_eq!(arrived.values(name), [value], "{name}");
    }
    for gone in ["authorization", "content_length", "content-length", "proxy-authorization", "jeton-min-revision", "forwarded"] {
        assert!(arrived.values(gone).is_empty(), "{gone}: {arrived:?}");
    }
}

/// Whether somebody else is answered meanwhile.
async fn others_are_served(rig: &Rig, bearer: &str) {
    let answered = Client::of(rig).await.outcome(1, get("/v1/a", "a", &[("authorization", bearer)])).await;
    assert_eq!(answered, Ok(STATUS_200));
}

#[tokio::test]
async fn rapid_resets_end_the_connection_and_nobody_elses() {
    let upstream = Upstream::start(OK).await;
    let (rig, bearer) = rig(&upstream).await;
    let mut client = Client::of(&rig).await;
    let block = get("/v1/a", "a", &[("authorization", &bearer)]);
    let streams = (0..5000u32).map(|at| 2 * at + 1);
    let flood: Vec<u8> = streams
        .flat_map(|stream| {
            let open = Frame::new(HEADERS, END_STREAM | END_HEADERS, stream, block.clone());
            [open.bytes(), Frame::new(RST_STREAM, 0, stream, 8u32.to_be_bytes().to_vec()).bytes()].concat()
        })
        .collect();
    let (mut reading, mut writing) = client.io.split();
    let mut came_back = Vec::new();
    let flooding = async {
        // The other side closes in the midst of it.
        let _ = writing.write_all(&flood).await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = flooding => {}
        read = tokio::time::timeout(PATIENCE, reading.read_to_end(&mut came_back)) => assert!(read.is_ok(), "it goes on for ever"),
    }
    let goaway = [GOAWAY, 0, 0, 0, 0, 0];
    let told = came_back.windows(goaway.len()).position(|part| part == goaway).map(|at| &came_back[at + 10..at + 14]);
    assert_eq!(told, Some(&ENHANCE_YOUR_CALM.to_be_bytes()[..]));
    assert!(upstream.arrived().len() < 1000, "{} of 5000 calls that nobody waited for were passed on", upstream.arrived().len());
    others_are_served(&rig, &bearer).await;
}

#[tokio::test]
async fn a_header_section_without_an_end_is_not_collected() {
    let upstream = Upstream::start(OK).await;
    let (rig, bearer) = rig(&upstream).await;
    // Empty pieces without end, small ones, and large ones.
    for piece in [Vec::new(), fields(&[("x-a", "b")]), fields(&[("x-large", &"a".repeat(120))]).repeat(100)] {
        let mut client = Client::of(&rig).await;
        client.send(&[Frame::new(HEADERS, END_STREAM, 1, get("/v1/a", "a", &[("authorization", &bearer)]))]).await;
        let more = Frame::new(CONTINUATION, 0, 1, piece.clone()).bytes();
        let (mut reading, mut writing) = client.io.split();
        let flood = async {
            while writing.write_all(&more).await.is_ok() {}
            std::future::pending::<()>().await;
        };
        let mut came_back = Vec::new();
        tokio::select! {
            () = flood => {}
            read = tokio::time::timeout(PATIENCE, reading.read_to_end(&mut came_back)) => assert!(read.is_ok(), "{} bytes go on", piece.len()),
        }
        others_are_served(&rig, &bearer).await;
    }
    assert_eq!(upstream.arrived().len(), 3, "only what the others sent arrived");
}

#[tokio::test]
async fn streams_beyond_the_limit_are_refused_and_the_rest_answered() {
    let upstream = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let rig = start(upstream.local_addr().expect("address"), &[json!({"path": "/v1/**"})], &[]).await;
    let mut client = Client::of(&rig).await;
    let block = get("/v1/a", "a", &[("authorization", &format!("Bearer {}", rig.token))]);
    let count = limits::HTTP2_STREAMS_MAX + 1;
    let frames: Vec<_> = (0..count).map(|at| Frame::new(HEADERS, END_STREAM | END_HEADERS, 2 * at + 1, block.clone())).collect();
    client.send(&frames).await;
    // Nobody behind answers, so that all of them are under way: the one too many is turned away at once.
    let refused = loop {
        let frame = client.next().await.expect("the connection ended");
        if frame.kind == RST_STREAM || frame.kind == GOAWAY {
            break frame;
        }
    };
    assert_eq!((refused.kind, refused.stream), (RST_STREAM, 2 * count - 1), "{refused:?}");
    let another = async {
        while let Some(frame) = client.next().await {
            assert!(frame.kind != RST_STREAM && frame.kind != GOAWAY, "more than the one was turned away: {frame:?}");
        }
    };
    assert!(tokio::time::timeout(Duration::from_millis(100), another).await.is_err(), "the connection ended");
}
