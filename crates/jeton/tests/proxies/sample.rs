//! The sample API behind the proxies.

use axum::{Router, body::Bytes, extract::State, http::Request};
use http_body_util::BodyExt;
use parking_lot::Mutex;
use std::{net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

/// An API that knows nothing of Jeton and keeps what reached it.
pub(super) struct SampleApi {
    pub(super) address: SocketAddr,
    seen: Kept,
    running: tokio::task::JoinHandle<()>,
}

type Kept = Arc<Mutex<Vec<Seen>>>;

/// One request that reached the API.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) line: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Seen {
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str()).collect()
    }
}

async fn keep(State(kept): State<Kept>, request: Request<axum::body::Body>) -> &'static str {
    let (parts, body) = request.into_parts();
    let body: Bytes = body.collect().await.expect("body").to_bytes();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    kept.lock().push(Seen {
        line: format!("{} {}", parts.method, parts.uri),
        headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    "ok"
}

impl SampleApi {
    pub(super) async fn start() -> Self {
        let seen = Kept::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let address = listener.local_addr().expect("address");
        let router = Router::new().fallback(keep).with_state(Arc::clone(&seen));
        let running = tokio::spawn(async move { axum::serve(listener, router).await.expect("serves") });
        Self { address, seen, running }
    }
    /// How many requests reached it that were not taken.
    pub(super) fn calls(&self) -> usize {
        self.seen.lock().len()
    }
    /// The one request that reached it since the last.
    pub(super) fn take(&self) -> Seen {
        let mut seen = self.seen.lock();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.remove(0)
    }
}

impl Drop for SampleApi {
    fn drop(&mut self) {
        self.running.abort();
    }
}
