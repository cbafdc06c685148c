//! A running authority with fresh data, and the users that call it.

use jeton::{bootstrap, config::Config, serve};
use jeton_store::testing::Cluster;
use metrics_exporter_prometheus::PrometheusHandle;
use parking_lot::Mutex;
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};
use std::{
    io::Write,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tempfile::TempDir;

/// The issuer of every test.
pub(crate) const ISSUER: &str = "http://127.0.0.1:8700";
/// The sample API.
pub(crate) const ORDERS: &str = "https://orders.example.com";
/// How long anything may take that is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A running authority.
pub(crate) struct World {
    running: Option<serve::Running>,
    base: String,
    /// The certificate that it serves, where it does.
    served: Option<Vec<u8>>,
    pub(crate) ops: String,
    pub(crate) folder: TempDir,
    http: reqwest::Client,
    /// The owner of the installation.
    pub(crate) owner: Bearer,
    /// The link that sets the owner's account up.
    pub(crate) setup_url: String,
    /// Every secret that was issued.
    pub(crate) secrets: Mutex<Vec<String>>,
    /// Every body of a refusal.
    pub(crate) refusals: Mutex<Vec<String>>,
}

/// Somebody who calls.
pub(crate) trait User {
    /// What he presents.
    fn credential(&self) -> Option<String>;
}

/// Nobody in particular.
pub(crate) struct Anonymous;

/// The bearer of a token.
#[derive(Clone, Debug)]
pub(crate) struct Bearer(pub(crate) String);

impl User for Anonymous {
    fn credential(&self) -> Option<String> {
        None
    }
}

impl User for Bearer {
    fn credential(&self) -> Option<String> {
        Some(format!("Bearer {}", self.0))
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
    pub(crate) fn str(&self, pointer: &str) -> &str {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
    /// A refusal with a code that names a field.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.str("/code")), (status, code), "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert!(!self.header("jeton-request-id").is_empty());
    }
}

/// Where the data lies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum On {
    Sqlite,
    Postgres,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::on(On::Sqlite, |_| {}).await
    }
    pub(crate) async fn on(engine: On, adjust: impl FnOnce(&mut Config)) -> Self {
        logs();
        let folder = tempfile::tempdir().expect("folder");
        let mut config = Config { master_key: folder.path().join("master.key"), ..Config::default() };
        config.listen.set_port(0);
        config.ops_listen.set_port(0);
        config.database.url = match engine {
            On::Sqlite => format!("sqlite://{}", folder.path().join("jeton.db").display()),
            On::Postgres => tokio::task::spawn_blocking(|| Cluster::shared().fresh_database()).await.expect("database"),
        };
        config.database.deadline_ms = 10_000;
        config.gate.max_staleness_ms = 20_000;
        adjust(&mut config);
        let served = config.tls.certificate.as_ref().map(|path| std::fs::read(path).expect("the certificate that is served"));
        let initialised = bootstrap::init(&config).await.expect("initialised");
        let running = serve::start(config, Some(metrics())).await.expect("started");
        let owner = Bearer(initialised.owner_token.to_string());
        let setup_url = initialised.setup_url.map(|url| url.as_str().to_owned()).unwrap_or_default();
        let secrets = Mutex::new(vec![owner.0.clone()]);
        let http = client(served.as_deref(), running.address, None);
        let base = match served {
            Some(_) => format!("https://localhost:{}", running.address.port()),
            None => format!("http://{}", running.address),
        };
        let ops = format!("http://{}", running.ops_address);
        Self { running: Some(running), base, served, ops, folder, http, owner, setup_url, secrets, refusals: Mutex::default() }
    }
    /// Its address, as this world calls it.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }
    /// Somebody with a connection of his own, who shows this certificate (in PEM, with its key).
    pub(crate) fn showing(&self, identity: Option<&str>) -> reqwest::Client {
        client(self.served.as_deref(), self.address(), identity)
    }
    /// Where it listens.
    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.running.as_ref().expect("running").address
    }
    /// The authority behind it.
    pub(crate) fn authority(&self) -> &jeton::authority::Authority {
        &self.running.as_ref().expect("running").authority
    }
    /// Where it listens.
    pub(crate) fn authority_address(&self) -> std::net::SocketAddr {
        self.running.as_ref().expect("running").address
    }
    pub(crate) async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }
    pub(crate) fn request(&self, user: &impl User, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("method");
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let builder = self.http.request(method, url);
        match user.credential() {
            Some(credential) => builder.header("authorization", credential),
            None => builder,
        }
    }
    pub(crate) async fn send(&self, builder: reqwest::RequestBuilder) -> Reply {
        let response = builder.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("text");
        let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        for pointer in ["/token", "/owner_token/token"] {
            if let Some(secret) = body.pointer(pointer).and_then(Value::as_str).filter(|text| text.len() > 20) {
                self.secrets.lock().push(secret.to_owned());
            }
        }
        if status >= 400 {
            self.refusals.lock().push(text.clone());
        }
        Reply { status, headers, text, body }
    }
    pub(crate) async fn get(&self, user: &impl User, path: &str) -> Reply {
        self.send(self.request(user, "GET", path)).await
    }
    pub(crate) async fn post(&self, user: &impl User, path: &str, body: Value) -> Reply {
        self.send(self.request(user, "POST", path).json(&body)).await
    }
    pub(crate) async fn raw(&self, user: &impl User, method: &str, path: &str, body: String) -> Reply {
        self.send(self.request(user, method, path).header("content-type", "application/json").body(body)).await
    }
    /// Declares the sample API.
    pub(crate) async fn declare_orders(&self) -> Reply {
        let scopes = json!([
            {"scope": "orders:read", "description": "Read orders"},
            {"scope": "orders:write"},
            {"scope": "catalogue:read", "public": true}
        ]);
        let routes = json!([
            {"route": "GET /v1/orders/**", "scopes": ["orders:read"]},
            {"route": "POST /v1/orders", "scopes": ["orders:write"]}
        ]);
        let body = json!({"audience": ORDERS, "name": "Orders", "scopes": scopes, "routes": routes});
        self.post(&self.owner, "/v1/apis", body).await.expect(201)
    }
    /// Issues a token as the owner.
    pub(crate) async fn issue(&self, body: Value) -> Reply {
        self.post(&self.owner, "/v1/tokens", body).await.expect(201)
    }
    /// Issues a management token with these scopes.
    pub(crate) async fn manager(&self, scopes: &[&str]) -> Bearer {
        let body = json!({"kind": "pat", "name": "manager", "audience": [ISSUER], "scopes": scopes});
        Bearer(self.issue(body).await.str("/token").to_owned())
    }
    /// Asks whether a token is good for a call.
    pub(crate) async fn verify(&self, token: &str, about: Value) -> Reply {
        let mut body = about;
        body["token"] = json!(token);
        self.post(&self.owner, "/v1/verify", body).await.expect(200)
    }
}

/// A client that trusts nothing but the certificate that is served.
fn client(served: Option<&[u8]>, address: std::net::SocketAddr, identity: Option<&str>) -> reqwest::Client {
    let mut builder = reqwest::Client::builder().no_proxy().timeout(PATIENCE).resolve("localhost", address);
    if let Some(pem) = served {
        builder = builder.tls_certs_only([reqwest::Certificate::from_pem(pem).expect("a certificate")]);
    }
    if let Some(pem) = identity {
        builder = builder.identity(reqwest::Identity::from_pem(pem.as_bytes()).expect("a certificate and its key"));
    }
    builder.build().expect("client")
}

/// Everything that is logged in this process.
pub(crate) fn logged() -> String {
    String::from_utf8_lossy(&logs().lock()).into_owned()
}

fn logs() -> Arc<Mutex<Vec<u8>>> {
    static LOGS: OnceLock<Arc<Mutex<Vec<u8>>>> = OnceLock::new();
    let logs = LOGS.get_or_init(|| {
        let logs = Arc::new(Mutex::new(Vec::new()));
        let sink = Sink(Arc::clone(&logs));
        let filter = "jeton=trace,jeton_store=trace,jeton_gate=trace,info";
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(move || sink.clone()).init();
        logs
    });
    Arc::clone(logs)
}

fn metrics() -> PrometheusHandle {
    static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();
    METRICS.get_or_init(|| jeton::telemetry::start_metrics().expect("metrics")).clone()
}

#[derive(Clone)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
