//! The contract of Traefik's `ForwardAuth`, as it is documented, with the configuration of `docs/proxies/traefik.md`: there is no
//! Traefik to be had where these tests run. The question is written header for header as Traefik writes it, and its answer is used as
//! Traefik uses it.

use super::{
    proxy::Proxy,
    setting::{Setting, block},
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, State},
    http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header, request::Parts},
};
use http_body_util::BodyExt;
use std::{net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

/// What stands in the page's configuration.
struct Middleware {
    address: String,
    asked_with: Vec<HeaderName>,
    /// Folded to small letters and `-`: the beginnings that `authResponseHeadersRegex` matches.
    answered_with: [&'static str; 3],
    removed: Vec<HeaderName>,
    service: String,
}

impl Middleware {
    fn documented(setting: &Setting) -> Self {
        let page = block("traefik.md", "yaml");
        let line = |key: &str| {
            let line = page.lines().find(|line| line.trim_start().starts_with(key)).unwrap_or_else(|| panic!("no {key}"));
            line.trim_start().trim_start_matches(key).split('#').next().expect("a value").trim().to_owned()
        };
        assert_eq!(line("trustForwardHeader:"), "false");
        assert_eq!(line("authResponseHeadersRegex:"), r#""(?i)^(x[-_.])?(jeton[-_.]|real[-_.]ip|original[-_.])""#);
        let list = line("authRequestHeaders:");
        let names = list.trim_matches(['[', ']']).split(", ").map(|name| name.parse().expect("a name")).collect();
        let removed = ["Authorization", "DPoP", "Forwarded"].map(|name| {
            assert_eq!(line(&format!("{name}:")), "\"\"");
            name.parse().expect("a name")
        });
        Self {
            address: line("address:").replace("127.0.0.1:8700", &setting.jeton.to_string()),
            asked_with: names,
            answered_with: ["jeton-", "real-ip", "original-"],
            removed: removed.to_vec(),
            service: format!("http://{}", setting.api.address),
        }
    }
    fn is_answered_with(&self, name: &HeaderName) -> bool {
        let folded = name.as_str().replace(['_', '.'], "-");
        self.answered_with.iter().any(|own| folded.trim_start_matches("x-").starts_with(own))
    }
    /// The question, as the middleware writes it: `GET`, the fields that it may hand on, and what it has seen itself.
    async fn ask(&self, request: &Parts, client: SocketAddr) -> reqwest::Result<reqwest::Response> {
        let mut headers = HeaderMap::new();
        for name in &self.asked_with {
            for value in request.headers.get_all(name) {
                headers.append(name, value.clone());
            }
        }
        let host = request.headers[header::HOST].clone();
        let uri = request.uri.path_and_query().expect("a path").as_str();
        let text = |text: &str| HeaderValue::from_str(text).expect("a value");
        let forwarded = [
            ("x-forwarded-for", text(&client.ip().to_string())),
            ("x-forwarded-method", text(request.method.as_str())),
            ("x-forwarded-proto", text("http")),
            ("x-forwarded-host", host),
            ("x-forwarded-uri", text(uri)),
        ];
        headers.extend(forwarded.map(|(name, value)| (name.parse::<HeaderName>().expect("a name"), value)));
        reqwest::Client::new().get(&self.address).headers(headers).send().await
    }
}

async fn pass(State(own): State<Arc<Middleware>>, ConnectInfo(client): ConnectInfo<SocketAddr>, request: Request<Body>) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let Ok(answer) = own.ask(&parts, client).await else { return status(StatusCode::INTERNAL_SERVER_ERROR) };
    if !answer.status().is_success() {
        let mut refusal = Response::builder().status(answer.status());
        for (name, value) in answer.headers().iter().filter(|(name, _)| *name != header::TRANSFER_ENCODING) {
            refusal = refusal.header(name, value);
        }
        return refusal.body(Body::from(answer.bytes().await.expect("a body"))).expect("an answer");
    }
    let gone: Vec<HeaderName> = parts.headers.keys().filter(|name| own.is_answered_with(name)).cloned().collect();
    for name in gone.iter().chain(&own.removed) {
        parts.headers.remove(name);
    }
    for (name, value) in answer.headers().iter().filter(|(name, _)| own.is_answered_with(name)) {
        parts.headers.append(name, value.clone());
    }
    // As its entry points do with what nobody there is trusted to say.
    for name in ["x-forwarded-for", "x-forwarded-method", "x-forwarded-uri", "connection"] {
        parts.headers.remove(name);
    }
    parts.headers.insert("x-forwarded-for", client.ip().to_string().parse().expect("a value"));
    let target = format!("{}{}", own.service, parts.uri.path_and_query().expect("a path"));
    let body: Bytes = body.collect().await.expect("a body").to_bytes();
    let sent = reqwest::Client::new().request(parts.method, target).headers(parts.headers).body(body).send().await.expect("an answer");
    let status = sent.status();
    Response::builder().status(status).body(Body::from(sent.bytes().await.expect("a body"))).expect("an answer")
}

fn status(status: StatusCode) -> Response<Body> {
    Response::builder().status(status).body(Body::empty()).expect("an answer")
}

async fn traefik(setting: &Setting) -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    let router = Router::new().fallback(pass).with_state(Arc::new(Middleware::documented(setting)));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    Proxy::here(address, tokio::spawn(async move { axum::serve(listener, service).await.expect("serves") }))
}

#[tokio::test]
async fn the_contract_of_traefik_is_kept() {
    let setting = Setting::start().await;
    let proxy = traefik(&setting).await;
    setting.common_ground(&proxy).await;
}

#[tokio::test]
async fn traefik_hands_refusals_on_whole() {
    let setting = Setting::start().await;
    let proxy = traefik(&setting).await;
    let answer = proxy.call("GET /v1/a%2fb", &setting.reader, "").await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(answer.body.contains("\"code\":\"ambiguous_path\"") && answer.header("jeton-decision").is_some(), "{answer:?}");
    let limited = setting.limited().await;
    assert_eq!(proxy.call("GET /v1/a", &limited, "").await.status, 200);
    let answer = proxy.call("GET /v1/a", &limited, "").await;
    assert_eq!((answer.status, answer.header("retry-after").is_some()), (429, true), "{answer:?}");
    assert_eq!(setting.api.calls(), 1);
}
