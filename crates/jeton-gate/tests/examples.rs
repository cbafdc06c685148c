//! The examples do what they say: the services that they are made of, called as their printed lines call them.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]
#![expect(clippy::duplicate_mod, reason = "each example brings its own copy of its table, as programs do")]

#[path = "../examples/axum_service.rs"]
#[expect(dead_code, reason = "its `main` is for people")]
mod axum_service;
#[path = "../examples/tower_service.rs"]
#[expect(dead_code, reason = "its `main` is for people")]
mod tower_service;

use axum::{body::Body, extract::ConnectInfo};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use std::net::{Ipv4Addr, SocketAddr};
use tower::ServiceExt;

fn request(method: &str, path: &str, token: Option<&str>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(Body::empty()).expect("a request")
}

async fn text<B: http_body::Body<Error: std::fmt::Debug>>(answer: Response<B>) -> (StatusCode, String) {
    let status = answer.status();
    let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test]
async fn the_axum_service_calls_its_handlers_with_a_permit() {
    let (gate, token) = axum_service::table::gate().expect("a gate");
    let app = axum_service::app(gate);
    let call = async |from: [u8; 4], method: &str, path: &str, token: Option<&str>| {
        let mut request = request(method, path, token);
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((from, 5000))));
        text(app.clone().oneshot(request).await.expect("an answer")).await
    };
    let (here, secret) = ([127, 0, 0, 1], Some(token.expose()));
    assert_eq!(call(here, "GET", "/v1/orders/7", secret).await, (StatusCode::OK, "order 7 of robot\n".to_owned()));
    assert_eq!(call(here, "GET", "/health", None).await, (StatusCode::OK, "well\n".to_owned()));
    for (from, method, path, token, status, code) in [
        (here, "GET", "/v1/orders/7", None, 401, "no_credential"),
        (here, "GET", "/v1/orders/7", Some("made-up"), 401, "malformed"),
        (here, "POST", "/v1/orders", secret, 403, "insufficient_scope"),
        (here, "DELETE", "/v1/orders/7", secret, 403, "route_not_allowed"),
        ([192, 0, 2, 1], "GET", "/v1/orders/7", secret, 403, "address_not_allowed"),
    ] {
        let (told, body) = call(from, method, path, token).await;
        assert!(told == status && body.contains(&format!("\"{code}\"")), "{method} {path}: {told} {body}");
    }
}

#[tokio::test]
async fn the_tower_service_finds_its_permit_among_the_extensions() {
    let (gate, token) = tower_service::table::gate().expect("a gate");
    let service = tower_service::service::<Body>(gate, Ipv4Addr::LOCALHOST.into());
    let call =
        async |token: Option<&str>| text(service.clone().oneshot(request("GET", "/v1/orders/7", token)).await.expect("an answer")).await;
    assert_eq!(call(Some(token.expose())).await, (StatusCode::OK, "GET /v1/orders/7 for robot\n".to_owned()));
    assert_eq!(call(None).await.0, StatusCode::UNAUTHORIZED);
}
