//! Sockets, a gate with one token, and an upstream that reads requests byte by byte and by the letter of RFC 9112.

use crate::{
    check::{Gate, Ports},
    client_address::TrustedProxies,
    clock::SystemClock,
    connection::{ConnectionLimits, Peer, serve_connection},
    credential::CredentialRules,
    entrance::Entrance,
    port::{Answering, Loaded, SourceFault, TokenSource, UsageSink},
    proxy::ProxyService,
    route_table::{RouteSpec, RouteTable},
    settings::Settings,
    upstream::Upstreams,
};
use jeton_core::{
    allowance::Allowances,
    change::Revision,
    facts::{Secrets, TokenRecord, TokenState},
    id::{OrganisationId, TokenId},
    kind::{TokenFormat, TokenKind},
    name::{Audience, Subject},
    network::Networks,
    policy::Policy,
    scope::ScopeSet,
    token_text::PlainToken,
    usage::UsageEvent,
};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub(super) const AUDIENCE: &str = "https://orders.example";
/// No test waits longer for anything.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Tokens in a map, which a test may change at any time: the gate asks for each request, since nobody tells it of changes.
#[derive(Clone, Default)]
pub(super) struct Tokens(Arc<Mutex<HashMap<TokenId, TokenRecord>>>, Arc<AtomicBool>);

impl Tokens {
    /// Issues a token with these scopes and networks; gives its text.
    pub(super) fn issue(&self, name: u8, scopes: &str, networks: &[&str]) -> (TokenId, String) {
        self.issue_of(TokenKind::Pat, name, scopes, networks)
    }
    /// The same of another kind.
    pub(super) fn issue_of(&self, kind: TokenKind, name: u8, scopes: &str, networks: &[&str]) -> (TokenId, String) {
        let id = TokenId::from_random([name; 16]);
        let plain = PlainToken::from_random(None, kind, id, &[name; 32]);
        let policy = Policy {
            organisation: OrganisationId::from_random([1; 16]),
            project: None,
            kind,
            format: TokenFormat::Opaque,
            client_id: None,
            binding: None,
            exchanged: false,
            signed_by: None,
            authentication: None,
            parent: None,
            audiences: vec![Audience::parse(AUDIENCE).expect("audience")],
            scopes: ScopeSet::parse_spaced(scopes).expect("scopes"),
            networks: Networks::parse(networks, &[]).expect("networks"),
            routes: Vec::new(),
            allowances: Allowances::default(),
        };
        let record = TokenRecord {
            id,
            secrets: Secrets { current: plain.digest(), previous: None },
            subject: Subject::parse("robot").expect("subject"),
            state: TokenState::Active,
            not_before: None,
            expires_at: None,
            policy: Arc::new(policy),
        };
        self.0.lock().insert(id, record);
        (id, plain.expose().to_owned())
    }
    pub(super) fn revoke(&self, id: TokenId) {
        self.change(id, |record| record.state = TokenState::Revoked);
    }
    pub(super) fn change(&self, id: TokenId, change: impl FnOnce(&mut TokenRecord)) {
        change(self.0.lock().get_mut(&id).expect("token"));
    }
    /// From now on no look-up is answered.
    pub(super) fn break_off(&self) {
        self.1.store(true, Ordering::SeqCst);
    }
}

impl TokenSource for Tokens {
    fn find(&self, id: TokenId) -> Answering<'_, Result<Loaded, SourceFault>> {
        let record = self.0.lock().get(&id).cloned();
        let broken = self.1.load(Ordering::SeqCst);
        Box::pin(async move { if broken { Err(SourceFault::Unavailable) } else { Ok(Loaded { record, as_of: Revision(1) }) } })
    }
}

struct Unheard;
impl UsageSink for Unheard {
    fn record(&self, _: &UsageEvent<'_>) {}
}

/// A proxy on a port of its own.
pub(super) struct Rig {
    pub(super) address: SocketAddr,
    pub(super) tokens: Tokens,
    /// A token with `orders:read` for any network.
    pub(super) token: String,
    pub(super) token_id: TokenId,
}

/// The routes of `[[gate.route]]` given as JSON, the upstream filled in.
pub(super) fn routes(upstream: SocketAddr, list: &[serde_json::Value]) -> RouteTable {
    let mut upstreams = Upstreams::default();
    let read = |value: &serde_json::Value| {
        let mut value = value.clone();
        value["audience"] = AUDIENCE.into();
        if value.get("upstream").is_none() {
            value["upstream"] = format!("http://{upstream}").into();
        }
        serde_json::from_value::<RouteSpec>(value).expect("spec").read(&mut upstreams).expect("route")
    };
    RouteTable::new(list.iter().map(read).collect()).expect("routes")
}

/// Starts a proxy with these routes before `upstream`; `trusted` are its trusted proxies.
pub(super) async fn start(upstream: SocketAddr, list: &[serde_json::Value], trusted: &[&str]) -> Rig {
    start_with(upstream, list, trusted, |service| service).await
}

/// The same with a proxy that `adjust` has changed.
pub(super) async fn start_with(
    upstream: SocketAddr,
    list: &[serde_json::Value],
    trusted: &[&str],
    adjust: impl FnOnce(ProxyService) -> ProxyService,
) -> Rig {
    let tokens = Tokens::default();
    let (token_id, token) = tokens.issue(7, "orders:read", &[]);
    let ports = Ports { source: Arc::new(tokens.clone()), usage: Arc::new(Unheard), clock: Arc::new(SystemClock::new()) };
    let gate = Gate::new(Settings::default(), ports);
    let trusted = TrustedProxies::parse(trusted).expect("networks");
    let entrance = Entrance::new(gate, routes(upstream, list), trusted, CredentialRules::default());
    let address = listen(adjust(ProxyService::new(entrance))).await;
    Rig { address, tokens, token, token_id }
}

async fn listen(service: ProxyService) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    tokio::spawn(async move {
        while let Ok((io, address)) = listener.accept().await {
            let service = service.clone();
            let peer = Peer { address, secure: false, certificate: None };
            tokio::spawn(async move { serve_connection(io, peer, service, ConnectionLimits::default(), std::future::pending()).await });
        }
    });
    address
}

impl Rig {
    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connect")
    }
    /// Sends bytes, `TOKEN` in them replaced, and reads until the proxy closes or is silent behind a whole answer.
    pub(super) async fn send(&self, bytes: &str) -> String {
        let mut client = self.connect().await;
        client.write_all(bytes.replace("TOKEN", &self.token).as_bytes()).await.expect("write");
        if bytes.starts_with("HEAD") { read_head(&mut client).await } else { read_answer(&mut client).await }
    }
}

/// Reads until the other side closes.
pub(super) async fn read_to_end(client: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let read = tokio::time::timeout(PATIENCE, client.read_to_end(&mut text)).await;
    assert!(read.is_ok(), "the connection stays open behind {:?}", String::from_utf8_lossy(&text));
    String::from_utf8_lossy(&text).into_owned()
}

/// Reads the head of an answer.
async fn read_head(client: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(tokio::time::timeout(PATIENCE, client.read_u8()).await.expect("an answer in time").expect("a whole head"));
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Reads until the other side closes, or says nothing more after it said something.
pub(super) async fn read_until_quiet(client: &mut TcpStream) -> String {
    let mut text = Vec::new();
    loop {
        let patience = if text.is_empty() { PATIENCE } else { Duration::from_millis(300) };
        match tokio::time::timeout(patience, client.read_buf(&mut text)).await {
            Ok(Ok(count)) if count > 0 => {}
            _ => return String::from_utf8_lossy(&text).into_owned(),
        }
    }
}

/// Reads one answer with a `Content-Length`, or to the end.
pub(super) async fn read_answer(client: &mut TcpStream) -> String {
    let mut text = Vec::new();
    loop {
        let head = text.windows(4).position(|end| end == b"\r\n\r\n").map(|at| at + 4);
        if let Some(head) = head {
            let top = String::from_utf8_lossy(&text[..head]).to_ascii_lowercase();
            let length = top.lines().find_map(|line| line.strip_prefix("content-length: ").and_then(|n| n.parse::<usize>().ok()));
            let bodiless = top.starts_with("http/1.1 304") || top.starts_with("http/1.1 204") || top.starts_with("http/1.1 101");
            let chunked = top.contains("transfer-encoding: chunked");
            if bodiless
                || length.is_some_and(|length| text.len() >= head + length)
                || (chunked && text.ends_with(b"\r\n\r\n") && text.len() > head)
            {
                return String::from_utf8_lossy(&text).into_owned();
            }
        }
        let mut chunk = [0; 4096];
        match tokio::time::timeout(PATIENCE, client.read(&mut chunk)).await.expect("an answer in time") {
            Ok(0) | Err(_) => return String::from_utf8_lossy(&text).into_owned(),
            Ok(count) => text.extend_from_slice(&chunk[..count]),
        }
    }
}

/// One request as it arrived, or what was wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Arrived {
    pub(super) line: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) trailers: Vec<String>,
}

impl Arrived {
    /// All values of a field.
    pub(super) fn values(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str()).collect()
    }
}

/// An upstream that answers every request alike and keeps what arrived.
#[derive(Clone)]
pub(super) struct Upstream {
    pub(super) address: SocketAddr,
    pub(super) seen: Arc<Mutex<Vec<Result<Arrived, String>>>>,
}

impl Upstream {
    /// Answers each request with these bytes.
    pub(super) async fn start(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let this = Self { address: listener.local_addr().expect("address"), seen: Arc::default() };
        let seen = Arc::clone(&this.seen);
        tokio::spawn(async move {
            while let Ok((io, _)) = listener.accept().await {
                tokio::spawn(answer_all(io, answer, Arc::clone(&seen)));
            }
        });
        this
    }
    /// What arrived, all of it well formed.
    pub(super) fn arrived(&self) -> Vec<Arrived> {
        self.seen.lock().iter().map(|one| one.clone().expect("a well-formed request")).collect()
    }
    /// The one request that arrived.
    pub(super) fn only(&self) -> Arrived {
        let mut all = self.arrived();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }
}

async fn answer_all(mut io: TcpStream, answer: &'static str, seen: Arc<Mutex<Vec<Result<Arrived, String>>>>) {
    let mut buffer = Vec::new();
    loop {
        match read_request(&mut io, &mut buffer).await {
            Ok(None) => return,
            Ok(Some(request)) => {
                seen.lock().push(Ok(request));
                if io.write_all(answer.as_bytes()).await.is_err() || answer.contains("connection: close") {
                    return;
                }
            }
            Err(fault) => return seen.lock().push(Err(fault)),
        }
    }
}

/// Reads one request strictly; `None` when the connection ended before its first byte.
pub(super) async fn read_request(io: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<Option<Arrived>, String> {
    let mut lines = Vec::new();
    loop {
        match read_line(io, buffer).await? {
            None if lines.is_empty() => return Ok(None),
            None => return Err("the head was cut off".into()),
            Some(line) if line.is_empty() => break,
            Some(line) => lines.push(line),
        }
    }
    let line = lines.remove(0);
    let parts: Vec<_> = line.split(' ').collect();
    if parts.len() != 3 || parts[2] != "HTTP/1.1" || !parts[1].starts_with('/') {
        return Err(format!("request line {line:?}"));
    }
    let mut headers = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(": ").ok_or_else(|| format!("header {line:?}"))?;
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.!".contains(&b)) {
            return Err(format!("header name {name:?}"));
        }
        headers.push((name.to_owned(), value.to_owned()));
    }
    let of = |wanted: &str| headers.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.clone()).collect::<Vec<_>>();
    let (lengths, encodings) = (of("content-length"), of("transfer-encoding"));
    let (mut body, mut trailers) = (Vec::new(), Vec::new());
    match (lengths.as_slice(), encodings.as_slice()) {
        ([], []) => {}
        ([length], []) => body = take(io, buffer, length.parse().map_err(|_| format!("length {length:?}"))?).await?,
        ([], [encoding]) if encoding == "chunked" => loop {
            let size = read_line(io, buffer).await?.ok_or("cut off")?;
            let size = usize::from_str_radix(&size, 16).map_err(|_| format!("chunk size {size:?}"))?;
            if size == 0 {
                while let Some(trailer) = read_line(io, buffer).await?.filter(|line| !line.is_empty()) {
                    trailers.push(trailer);
                }
                break;
            }
            body.extend(take(io, buffer, size).await?);
            if take(io, buffer, 2).await? != b"\r\n" {
                return Err("chunk without end".into());
            }
        },
        _ => return Err(format!("lengths {lengths:?} and encodings {encodings:?}")),
    }
    Ok(Some(Arrived { line, headers, body, trailers }))
}

async fn read_line(io: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<Option<String>, String> {
    loop {
        if let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = buffer.drain(..=end).collect();
            let line = line.strip_suffix(b"\r\n").ok_or("a line that ends in a bare LF")?;
            return if line.contains(&b'\r') { Err("a bare CR".into()) } else { Ok(Some(String::from_utf8_lossy(line).into_owned())) };
        }
        if !more(io, buffer).await {
            return if buffer.is_empty() { Ok(None) } else { Err("cut off in a line".into()) };
        }
    }
}

async fn take(io: &mut TcpStream, buffer: &mut Vec<u8>, count: usize) -> Result<Vec<u8>, String> {
    while buffer.len() < count {
        if !more(io, buffer).await {
            return Err("the body was cut off".into());
        }
    }
    Ok(buffer.drain(..count).collect())
}

async fn more(io: &mut TcpStream, buffer: &mut Vec<u8>) -> bool {
    let mut chunk = [0; 16 * 1024];
    match io.read(&mut chunk).await {
        Ok(0) | Err(_) => false,
        Ok(count) => {
            buffer.extend_from_slice(&chunk[..count]);
            true
        }
    }
}

/// Waits until `done` holds.
pub(super) async fn eventually(what: &str, done: impl Fn() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(waited.await.is_ok(), "never: {what}");
}
