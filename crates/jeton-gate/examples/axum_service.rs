//! An axum service with a gate inside: its handlers take a `Permitted` and are called with a permit only.
//!
//! `cargo run -p jeton-gate --example axum_service` serves on loopback and prints the calls to try. The one token is made up at the start
//! and lies in a table; a real service looks tokens up where the authority keeps them.
#![expect(clippy::print_stdout, reason = "an example that prints what to try")]

#[path = "parts/table.rs"]
pub(crate) mod table;

use axum::{
    Router,
    extract::{Path, Request},
    middleware::{self, Next},
    response::Response,
    routing::{get, post},
};
use jeton_core::scope::Scope;
use jeton_gate::{
    Gate,
    layer::{ClientAddress, GateLayer, Permitted},
};
use std::{error::Error, net::SocketAddr};

async fn show(Path(order): Path<String>, permitted: Permitted) -> String {
    let more = Scope::parse("orders:write").is_ok_and(|scope| permitted.may(&scope));
    format!("order {order} of {}{}\n", permitted.subject(), if more { ", who may change it" } else { "" })
}

async fn place(permitted: Permitted) -> String {
    format!("placed for {}\n", permitted.subject())
}

/// Tells the gate where a call comes from: tokens may be bound to networks.
async fn address(mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<axum::extract::ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    if let Some(peer) = peer {
        request.extensions_mut().insert(ClientAddress(peer));
    }
    next.run(request).await
}

/// The service. What is merged in behind the layer is open to everybody.
pub(crate) fn app(gate: Gate) -> Router {
    let guarded = Router::new()
        .route("/v1/orders/{order}", get(show))
        .route("/v1/orders", post(place))
        .layer(GateLayer::new(gate, table::AUDIENCE))
        .layer(middleware::from_fn(address));
    guarded.merge(Router::new().route("/health", get(|| async { "well\n" })))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (gate, token) = table::gate()?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    println!("curl {base}/health");
    println!("curl {base}/v1/orders/7 -H 'Authorization: Bearer {}'", token.expose());
    println!("curl {base}/v1/orders -X POST -i -H 'Authorization: Bearer {}'   # lacks a scope", token.expose());
    axum::serve(listener, app(gate).into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
