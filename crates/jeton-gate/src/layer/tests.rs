//! The layer around real services.

use super::*;
use crate::fixture::{AUDIENCE, World, plain, record};
use axum::{Router, body::Body, routing::get};
use http::StatusCode;
use http_body_util::BodyExt;
use std::{
    convert::Infallible,
    sync::atomic::{AtomicUsize, Ordering},
};
use tower::{ServiceExt, service_fn};

fn request(method: &str, target: &str, token: Option<&str>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(target).header("jeton-subject", "root").header("Jeton_Scopes", "*");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(Body::empty()).expect("request")
}

#[tokio::test]
async fn an_axum_service_is_called_with_a_permit_only() {
    let world = World::fresh();
    world.issue(record(1));
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    async fn orders(request: Request<Body>) -> String {
        CALLS.fetch_add(1, Ordering::SeqCst);
        let permitted = request.extensions().get::<Permitted>().expect("a permit");
        let headers = request.headers();
        assert!(!headers.contains_key("authorization") && !headers.contains_key("jeton_scopes"));
        format!("{} {}", permitted.0.token.subject(), headers["jeton-subject"].to_str().expect("ascii"))
    }
    let app = Router::new().route("/v1/orders", get(orders)).layer(GateLayer::new(world.gate.clone(), AUDIENCE));
    let token = plain(1);
    let passed = app.clone().oneshot(request("GET", "/v1/orders", Some(token.expose()))).await.expect("answer");
    assert_eq!(passed.status(), StatusCode::OK);
    let body = passed.into_body().collect().await.expect("body").to_bytes();
    assert_eq!(body, "usr_000000000001 usr_000000000001");
    let cases = [
        (request("GET", "/v1/orders", None), 401),
        (request("HEAD", "/v1/orders", None), 401),
        (request("GET", "/v1/orders", Some("x")), 401),
        (request("GET", "/v1/../v1/orders", Some(token.expose())), 400),
        (request("GET", "/v1/orders?access_token=x", Some(token.expose())), 400),
    ];
    for (request, status) in cases {
        let is_head = request.method() == Method::HEAD;
        let answer = app.clone().oneshot(request).await.expect("answer");
        assert_eq!(answer.status(), status);
        assert!(answer.headers().contains_key("jeton-decision") && answer.headers().contains_key("www-authenticate"));
        assert_eq!(answer.into_body().collect().await.expect("body").to_bytes().is_empty(), is_head);
    }
    assert_eq!(CALLS.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn how_new_an_answer_must_be_is_said_by_the_service_and_not_by_the_client() {
    let world = World::fresh();
    world.issue(record(1));
    let inner = service_fn(async |request: Request<Full<Bytes>>| {
        assert!(!request.headers().keys().any(|name| name.as_str().contains("revision")));
        Ok::<_, Infallible>(Response::new(request.into_body()))
    });
    let service = GateLayer::new(world.gate.clone(), AUDIENCE).layer(inner);
    let token = plain(1);
    let ask = async |header: &str, wanted: Option<u64>| {
        let mut request = Request::builder()
            .header("authorization", format!("Bearer {}", token.expose()))
            .header("jeton-min-revision", header)
            .header("Jeton_Min_Revision", header)
            .body(Full::default())
            .expect("request");
        if let Some(wanted) = wanted {
            request.extensions_mut().insert(MinRevision(Revision(wanted)));
        }
        service.clone().oneshot(request).await.expect("answer").status().as_u16()
    };
    assert_eq!(ask("999", None).await, 200);
    assert_eq!(ask("nonsense", Some(1)).await, 200);
    assert_eq!(ask("0", Some(999)).await, 503);
}

#[tokio::test]
async fn a_plain_service_with_another_body_works_too() {
    let world = World::fresh();
    world.issue(record(1));
    let inner = service_fn(async |request: Request<Full<Bytes>>| Ok::<_, Infallible>(Response::new(request.into_body())));
    let inner = tower::util::BoxCloneService::new(inner);
    let service = GateLayer::new(world.gate.clone(), AUDIENCE).layer(inner);
    let token = plain(1);
    let request = Request::builder()
        .uri("/")
        .header("authorization", format!("Bearer {}", token.expose()))
        .body(Full::new(Bytes::from("echo")))
        .expect("request");
    let answer = service.oneshot(request).await.expect("answer");
    assert_eq!(answer.into_body().collect().await.expect("body").to_bytes(), "echo");
}
