//! A sample API, Jeton's check endpoint and a real proxy between them, and what every such proxy must do.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use jeton_core::{
    allowance::{Allowances, Rate},
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
use jeton_gate::{
    check::{Gate, Ports},
    client_address::TrustedProxies,
    clock::SystemClock,
    connection::{ConnectionLimits, Peer, serve_connection},
    credential::CredentialRules,
    entrance::Entrance,
    forward_auth,
    port::{Answering, Loaded, SourceFault, TokenSource, UsageSink},
    route_table::{RouteSpec, RouteTable},
    settings::Settings,
    upstream::Upstreams,
};
use parking_lot::Mutex;
use serde::Deserialize;
use std::{
    collections::HashMap,
    convert::Infallible,
    fs::File,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// No test waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(20);
const HOST: &str = "orders.example.com";

/// The fenced block of a language in a page of `docs/proxies`.
pub(super) fn block(page: &str, language: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/proxies").join(page);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
    let fence = format!("```{language}\n");
    let (_, rest) = text.split_once(&fence).unwrap_or_else(|| panic!("{page} has no {language} block"));
    rest.split_once("```").expect("the block's end").0.to_owned()
}

pub(super) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port()
}

/// Tokens in a map; the gate asks for each request, since nobody tells it of changes.
#[derive(Clone, Default)]
struct Tokens(Arc<Mutex<HashMap<TokenId, TokenRecord>>>);

impl Tokens {
    fn issue(&self, name: u8, scopes: &str, networks: &[&str], allowances: Allowances) -> (TokenId, String) {
        let id = TokenId::from_random([name; 16]);
        let plain = PlainToken::from_random(None, TokenKind::Pat, id, &[name; 32]);
        let policy = Policy {
            organisation: OrganisationId::from_random([1; 16]),
            project: None,
            kind: TokenKind::Pat,
            format: TokenFormat::Opaque,
            client_id: None,
            parent: None,
            audiences: vec![Audience::parse("https://orders.example.com").expect("audience")],
            scopes: ScopeSet::parse_spaced(scopes).expect("scopes"),
            networks: Networks::parse(networks, &[]).expect("networks"),
            routes: Vec::new(),
            allowances,
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
}

impl TokenSource for Tokens {
    fn find(&self, id: TokenId) -> Answering<'_, Result<Loaded, SourceFault>> {
        let record = self.0.lock().get(&id).cloned();
        Box::pin(async move { Ok(Loaded { record, as_of: Revision(1) }) })
    }
}

struct Unheard;
impl UsageSink for Unheard {
    fn record(&self, _: &UsageEvent<'_>) {}
}

/// The part of a configuration that the pages show.
#[derive(Deserialize)]
struct Page {
    trusted_proxies: Vec<String>,
    gate: GatePart,
}

#[derive(Deserialize)]
struct GatePart {
    route: Vec<RouteSpec>,
}

/// Jeton with the configuration of the pages, a sample API, and tokens.
pub(super) struct Setting {
    pub(super) jeton: SocketAddr,
    pub(super) api: SampleApi,
    tokens: Tokens,
    stop: watch::Sender<bool>,
    /// May read, from anywhere.
    pub(super) reader: String,
    reader_id: TokenId,
}

impl Setting {
    pub(super) async fn start() -> Self {
        let page: Page = toml::from_str(&block("nginx.md", "toml")).expect("configuration");
        assert_eq!(block("nginx.md", "toml").replace("nginx asks", "P"), block("caddy.md", "toml").replace("Caddy asks", "P"));
        let mut upstreams = Upstreams::default();
        let routes = page.gate.route.iter().map(|spec| spec.read(&mut upstreams).expect("route")).collect();
        let tokens = Tokens::default();
        let ports = Ports { source: Arc::new(tokens.clone()), usage: Arc::new(Unheard), clock: Arc::new(SystemClock::new()) };
        let gate = Gate::new(Settings::default(), ports);
        let trusted = TrustedProxies::parse(&page.trusted_proxies).expect("networks");
        let entrance = Entrance::new(gate, RouteTable::new(routes).expect("routes"), trusted, CredentialRules::default());
        let (stop, stopped) = watch::channel(false);
        let jeton = listen(stopped, move |request| {
            let entrance = entrance.clone();
            async move { Ok(forward_auth::answer(&entrance, request).await.map(Full::new)) }
        })
        .await;
        let (reader_id, reader) = tokens.issue(1, "orders:read", &[], Allowances::default());
        Self { jeton, api: SampleApi::start().await, tokens, stop, reader, reader_id }
    }
    /// A token that may call once.
    pub(super) async fn limited(&self) -> String {
        let once = Allowances { rates: vec![Rate { requests: 1, per_seconds: 3600, burst: None }], quotas: Vec::new() };
        self.tokens.issue(9, "orders:read", &[], once).1
    }
    /// Ends Jeton.
    pub(super) async fn stop_jeton(&self) {
        self.stop.send(true).expect("running");
        let gone = async { while TcpStream::connect(self.jeton).await.is_ok() {} };
        tokio::time::timeout(PATIENCE, gone).await.expect("jeton stops");
    }
    fn revoke_reader(&self) {
        self.tokens.0.lock().get_mut(&self.reader_id).expect("token").state = TokenState::Revoked;
    }
    /// What every proxy must do.
    pub(super) async fn common_ground(&self, proxy: &Proxy) {
        self.passes_on(proxy).await;
        self.refuses(proxy).await;
        self.is_not_deceived(proxy).await;
        self.revoke_reader();
        let answer = proxy.call("GET /v1/orders", &self.reader, "").await;
        assert_eq!(answer.status, 401, "{answer:?}");
        assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.contains("revoked")), "{answer:?}");
    }
    async fn passes_on(&self, proxy: &Proxy) {
        let answer = proxy.call("GET /v1/orders/7?a=b%2Fc", &self.reader, "").await;
        assert_eq!((answer.status, answer.body.contains("ok")), (200, true), "{answer:?}");
        let seen = self.api.take();
        assert_eq!(seen.line, "GET /v1/orders/7?a=b%2Fc");
        assert_eq!(seen.all("jeton-subject"), ["robot"]);
        assert_eq!(seen.all("jeton-scopes"), ["orders:read"]);
        assert_eq!(seen.all("jeton-token-id"), [self.reader_id.digits()]);
        assert_eq!(seen.all("x-forwarded-for"), ["127.0.0.1"]);
        assert!(seen.all("authorization").is_empty(), "{seen:?}");
        let head = proxy.call("HEAD /v1/orders", &self.reader, "").await;
        assert_eq!((head.status, head.body.as_str(), self.api.take().line.as_str()), (200, "", "HEAD /v1/orders"));
        let (_, writer) = self.tokens.issue(2, "orders:write", &["127.0.0.0/8"], Allowances::default());
        let posted = proxy.call("POST /v1/orders", &writer, "X-Forwarded-For: 192.0.2.1\r\nContent-Length: 5\r\n\r\nhello").await;
        let seen = self.api.take();
        assert_eq!((posted.status, seen.line.as_str(), seen.body.as_str()), (200, "POST /v1/orders", "hello"));
    }
    async fn refuses(&self, proxy: &Proxy) {
        let (_, far) = self.tokens.issue(3, "orders:read", &["192.0.2.0/24"], Allowances::default());
        let spoofed = "X-Forwarded-For: 192.0.2.1\r\nX-Real-IP: 192.0.2.1\r\nForwarded: for=192.0.2.1\r\nTrue-Client-IP: 192.0.2.1\r\n";
        let cases = [
            ("no token", "GET /v1/orders", "", "", 401),
            ("not a token", "GET /v1/orders", "nonsense", "", 401),
            ("wrong scope", "POST /v1/orders", self.reader.as_str(), "Content-Length: 0\r\n", 403),
            ("no route", "GET /admin", &self.reader, "", 403),
            ("wrong network", "GET /v1/orders", &far, "", 403),
            ("wrong network, spoofed", "GET /v1/orders", &far, spoofed, 403),
            ("another method told", "POST /v1/orders", &self.reader, "X-Original-Method: GET\r\nContent-Length: 0\r\n", 403),
            ("another path told", "GET /admin", &self.reader, "X-Original-URI: /v1/orders\r\n", 403),
        ];
        for (name, call, token, headers, status) in cases {
            let answer = proxy.call(call, token, headers).await;
            assert_eq!(answer.status, status, "{name}: {answer:?}");
            assert!(status != 401 || answer.header("www-authenticate").is_some(), "{name}: {answer:?}");
        }
        // Never let through, whatever the proxy makes of it.
        let encoded =
            ["/v1/a%2fb", "/v1/%2e%2e/admin", "/v1/..;/admin", "/v1/a%5c..%5cadmin", "/v1/%252e%252e/admin", "/v1/orders?access_token=x"];
        for path in encoded {
            let answer = proxy.call(&format!("GET {path}"), &self.reader, "").await;
            assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
        }
        for header in ["X-Forwarded-Uri: /v1/orders\r\n", "X-Forwarded-Method: GET\r\n", "X-Original-URL: /v1/orders\r\n"] {
            let answer = proxy.call("POST /admin", &self.reader, &format!("{header}Content-Length: 0\r\n")).await;
            assert!((400..500).contains(&answer.status), "{header}: {answer:?}");
        }
        assert_eq!(self.api.calls(), 0);
    }
    async fn is_not_deceived(&self, proxy: &Proxy) {
        let spoofed = "Jeton-Subject: admin\r\nJeton_Subject: admin\r\nJeton.Subject: admin\r\nJeton-Client-Id: admin\r\njeton_client-id: admin\r\n\
                       JETON-SCOPES: orders:write\r\nX-Original-Host: other.example\r\nX-Real-IP: 192.0.2.1\r\nForwarded: for=192.0.2.1\r\n\
                       Jeton-Min-Revision: 999\r\n";
        let answer = proxy.call("GET /v1/orders", &self.reader, spoofed).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let seen = self.api.take();
        assert!(!seen.headers.iter().any(|(_, value)| value.contains("admin") || value.contains("192.0.2.1")), "{seen:?}");
        assert_eq!((seen.all("jeton-subject"), seen.all("jeton-scopes")), (vec!["robot"], vec!["orders:read"]));
    }
}

/// Serves until told to stop.
async fn listen<H, F>(stopped: watch::Receiver<bool>, handler: H) -> SocketAddr
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Response<Full<Bytes>>, Infallible>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let own = listener.local_addr().expect("address");
    tokio::spawn(async move {
        let mut stop = stopped.clone();
        loop {
            let (io, address) = tokio::select! {
                accepted = listener.accept() => accepted.expect("accept"),
                _ = stop.wait_for(|stop| *stop) => return,
            };
            let mut stop = stopped.clone();
            let service = tower::service_fn(handler.clone());
            tokio::spawn(async move {
                let over = async { drop(stop.wait_for(|stop| *stop).await) };
                serve_connection(io, Peer { address, secure: false }, service, ConnectionLimits::default(), over).await
            });
        }
    });
    own
}

/// An API that knows nothing of Jeton and keeps what reached it.
pub(super) struct SampleApi {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    _running: watch::Sender<bool>,
}

/// One request that reached the API.
#[derive(Debug)]
pub(super) struct Seen {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Seen {
    fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str()).collect()
    }
}

impl SampleApi {
    async fn start() -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (running, stopped) = watch::channel(false);
        let kept = Arc::clone(&seen);
        let address = listen(stopped, move |request: Request<Incoming>| {
            let kept = Arc::clone(&kept);
            async move {
                let (parts, body) = request.into_parts();
                let body = body.collect().await.expect("body").to_bytes();
                let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
                kept.lock().push(Seen {
                    line: format!("{} {}", parts.method, parts.uri),
                    headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
                    body: String::from_utf8_lossy(&body).into_owned(),
                });
                Ok(Response::new(Full::from("ok")))
            }
        })
        .await;
        Self { address, seen, _running: running }
    }
    /// How many requests reached it that were not taken.
    pub(super) fn calls(&self) -> usize {
        self.seen.lock().len()
    }
    /// The one request that reached it since the last.
    fn take(&self) -> Seen {
        let mut seen = self.seen.lock();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.remove(0)
    }
}

/// A real proxy, ended with this value.
pub(super) struct Proxy {
    child: Child,
    address: SocketAddr,
    folder: tempfile::TempDir,
}

/// What came back through a proxy.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

impl Proxy {
    /// Starts a program that stays in the foreground and waits until it listens.
    pub(super) async fn start(program: &str, package: &str, arguments: &[String], port: u16, folder: tempfile::TempDir) -> Self {
        assert!(Path::new(program).exists(), "`{program}` is missing: install the Debian package `{package}`");
        let log = File::create(folder.path().join("log")).expect("log");
        let child = Command::new(program)
            .args(arguments)
            .env("HOME", folder.path())
            .env("XDG_DATA_HOME", folder.path())
            .env("XDG_CONFIG_HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("log"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|fault| panic!("`{program}` does not start: {fault}"));
        let mut proxy = Self { child, address: SocketAddr::from(([127, 0, 0, 1], port)), folder };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(proxy.address).await.is_err() {
            let ended = proxy.child.try_wait().expect("state");
            assert!(ended.is_none() && Instant::now() < deadline, "`{program}` does not listen ({ended:?}): {}", proxy.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        proxy
    }
    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
    /// Sends `METHOD /path` with a token (none when empty) and more header lines, which may bring a body behind an empty line.
    pub(super) async fn call(&self, call: &str, token: &str, rest: &str) -> Answer {
        let authorization = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
        let end = if rest.contains("\r\n\r\n") { "" } else { "\r\n" };
        let request = format!("{call} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n{authorization}{rest}{end}");
        let mut io = TcpStream::connect(self.address).await.expect("connect");
        // Whoever refuses may answer and close before all is written, which resets the connection behind the answer.
        let _ = io.write_all(request.as_bytes()).await;
        let mut bytes = Vec::new();
        let _ = tokio::time::timeout(PATIENCE, io.read_to_end(&mut bytes)).await.expect("an answer in time");
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?} {}", self.log()));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok()).expect("status");
        let headers =
            lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Answer { status, headers, body: body.to_owned() }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
