//! An API behind the gate that answers whatever reaches it with what it got.

use axum::{Router, http::HeaderMap};
use std::net::SocketAddr;

async fn told(headers: HeaderMap) -> String {
    headers.keys().map(|name| format!("{name}\n")).collect()
}

/// Starts it; it ends with the test's runtime.
pub(crate) async fn start() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(told)).await });
    address
}
