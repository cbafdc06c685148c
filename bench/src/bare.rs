//! The bare servers: the same framework, runtime and allocator as Jeton, answering the same bytes and doing nothing else.

use anyhow::{Result, bail};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::IntoResponse,
    routing::{any, post},
};
use jeton_gate::{
    connection::{ConnectionLimits, Peer, serve_connection},
    proxy::ProxyService,
    route_table::{RouteSpec, RouteTable},
    upstream::Upstreams,
};
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, sync::Arc};

/// The question of `/v1/verify`, as the bare server parses it.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The token.
    pub token: String,
    /// The API.
    pub audience: Option<String>,
    /// The scopes.
    pub scopes: Option<Vec<String>>,
    /// The method.
    pub method: Option<String>,
    /// The path.
    pub path: Option<String>,
    /// The caller's address.
    pub client_ip: Option<String>,
    /// The cost.
    pub cost: Option<u32>,
}

/// Runs a bare server until the process ends.
pub async fn serve(kind: &str, address: SocketAddr) -> Result<()> {
    if kind == "proxy" {
        return proxy(address, &std::env::var("JETON_BENCH_UPSTREAM")?).await;
    }
    let router = match kind {
        "empty" => Router::new().fallback(any(async || ())),
        "json" => json(Arc::new(serde_json::from_str(&std::env::var("JETON_BENCH_ANSWER")?)?)),
        "upstream" => Router::new().fallback(any(async || {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            (headers, "{\"orders\":[{\"id\":1,\"item\":\"lamp\"},{\"id\":2,\"item\":\"chair\"}]}").into_response()
        })),
        other => bail!("no bare server is called `{other}`"),
    };
    let listener = tokio::net::TcpListener::bind(address).await?;
    use axum::serve::ListenerExt;
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, router).await?)
}

/// Parses the question and serialises the answer anew each time, as any JSON service must.
fn json(answer: Arc<serde_json::Value>) -> Router {
    async fn one(State(answer): State<Arc<serde_json::Value>>, Json(question): Json<Question>) -> impl IntoResponse {
        std::hint::black_box(&question.token);
        Json(answer.as_ref().clone())
    }
    Router::new().route("/v1/verify", post(one)).with_state(answer)
}

/// The built-in proxy on the same connections as the program's, asking nobody.
async fn proxy(address: SocketAddr, upstream: &str) -> Result<()> {
    let route = serde_json::from_value::<RouteSpec>(serde_json::json!({
        "host": "proxied.example.test",
        "path": "/orders/**",
        "audience": crate::installation::AUDIENCE,
        "upstream": format!("http://{upstream}"),
    }))?;
    let route = route.read(&mut Upstreams::default()).map_err(|(key, fault)| anyhow::anyhow!("{key} {fault}"))?;
    let service = ProxyService::without_checks(RouteTable::new(vec![route])?);
    let listener = tokio::net::TcpListener::bind(address).await?;
    loop {
        let (stream, peer) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = service.clone();
        let answer = tower::service_fn(move |request| {
            let service = service.clone();
            async move { Ok::<_, std::convert::Infallible>(service.handle(request).await) }
        });
        let peer = Peer { address: peer, secure: false, certificate: None };
        tokio::spawn(serve_connection(stream, peer, answer, ConnectionLimits::default(), std::future::pending()));
    }
}
