//! What the API behind gets to know of who calls, where it is told by a JWT or not at all.

use super::rig::{Arrived, Rig, Upstream, start, start_with};
use crate::port::{Answering, SourceFault, UpstreamIssuer, UpstreamOrder};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton_core::{
    jose::{Algorithm, PlainJwt, SigningKey, UpstreamTokenClaims},
    scope::ScopeSet,
    timestamp::{Span, Timestamp},
};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const API: &str = "http://orders.internal";

/// Signs what is ordered, each time with another `jti`.
struct Issuer {
    key: SigningKey,
    issued: AtomicUsize,
}

impl UpstreamIssuer for Issuer {
    fn issue(&self, order: UpstreamOrder) -> Answering<'_, Result<PlainJwt, SourceFault>> {
        let number = self.issued.fetch_add(1, Ordering::SeqCst).to_string();
        let claims = UpstreamTokenClaims {
            issuer: "http://127.0.0.1:8700",
            audience: &order.audience,
            subject: order.token.subject(),
            client_id: order.token.client_id(),
            scopes: order.token.scopes(),
            token: order.token.id(),
            actor: None,
            issued_at: order.at,
            expires_at: order.expires_at,
            id: &number,
        };
        let signed = self.key.issue_upstream_token(&claims).map_err(|_| SourceFault::Unavailable);
        Box::pin(async move { signed })
    }
}

fn route() -> Value {
    json!({"path": "/v1/**", "upstream_token": "jwt", "upstream_audience": API})
}

async fn rig(upstream: &Upstream, route: Value) -> (Rig, Arc<Issuer>) {
    let issuer = Arc::new(Issuer { key: SigningKey::generate(Algorithm::Es256).expect("key"), issued: AtomicUsize::new(0) });
    let given = Arc::clone(&issuer);
    let rig = start_with(upstream.address, &[route], &[], |service| service.with_issuer(given)).await;
    (rig, issuer)
}

async fn call(rig: &Rig, token: &str) -> String {
    let spoofed = "Jeton-Subject: admin\r\nX-Jeton-Scopes: all\r\n";
    rig.send(&format!("GET /v1/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n{spoofed}\r\n")).await
}

fn claims(arrived: &Arrived) -> Value {
    let all: Vec<_> = arrived.headers.iter().filter(|(name, _)| name == "authorization").collect();
    assert_eq!(all.len(), 1, "{arrived:?}");
    let payload = all[0].1.strip_prefix("Bearer ").and_then(|jwt| jwt.split('.').nth(1)).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64url")).expect("JSON")
}

#[tokio::test]
async fn the_api_gets_a_jwt_in_place_of_the_token() {
    let upstream = Upstream::start(OK).await;
    let (rig, issuer) = rig(&upstream, route()).await;
    for _ in 0..3 {
        assert!(call(&rig, &rig.token).await.starts_with("HTTP/1.1 200"));
    }
    assert_eq!(issuer.issued.load(Ordering::SeqCst), 1, "kept for the next call");
    let arrived = upstream.arrived();
    let said = claims(&arrived[0]);
    let subset = json!({"aud": API, "sub": "robot", "scope": "orders:read", "token_id": rig.token_id.digits(), "jti": "0"});
    for (name, value) in subset.as_object().expect("an object") {
        assert_eq!(said[name], *value, "{said}");
    }
    assert_eq!(said["exp"].as_i64().expect("exp") - said["iat"].as_i64().expect("iat"), 60);
    assert!(arrived.iter().all(|one| one.headers.iter().all(|(name, value)| !name.contains("jeton") && !value.contains(&rig.token))));
}

#[tokio::test]
async fn it_follows_the_token_that_it_stands_for() {
    let upstream = Upstream::start(OK).await;
    let (rig, issuer) = rig(&upstream, route()).await;
    call(&rig, &rig.token).await;
    rig.tokens.change(rig.token_id, |record| {
        let mut policy = (*record.policy).clone();
        policy.scopes = ScopeSet::parse_spaced("orders:write").expect("scopes");
        record.policy = policy.into();
    });
    call(&rig, &rig.token).await;
    assert_eq!(claims(&upstream.arrived()[1])["scope"], "orders:write", "edited");
    assert_eq!(issuer.issued.load(Ordering::SeqCst), 2);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() as i64;
    let end = Timestamp::from_seconds(now + 8);
    let (short, text) = rig.tokens.issue(8, "orders:read", &[]);
    rig.tokens.change(short, |record| record.expires_at = Some(end));
    call(&rig, &text).await;
    assert_eq!(claims(&upstream.arrived()[2])["exp"], end.as_seconds(), "no longer than the token");
    rig.tokens.revoke(short);
    assert!(call(&rig, &text).await.starts_with("HTTP/1.1 401"));
    assert_eq!(upstream.arrived().len(), 3, "and none after it is revoked");
}

#[tokio::test]
async fn another_one_comes_before_it_ends() {
    let upstream = Upstream::start(OK).await;
    let route = json!({"path": "/v1/**", "upstream_token": "jwt", "upstream_audience": API, "upstream_token_seconds": 10});
    let (rig, issuer) = rig(&upstream, route).await;
    // Ends sooner than such a token lives: what was made for it is kept to its end and not a moment longer.
    let now = Timestamp::from_micros(SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_micros() as i64);
    let (short, text) = rig.tokens.issue(8, "orders:read", &[]);
    rig.tokens.change(short, |record| record.expires_at = Some(now.plus(Span::from_seconds(3))));
    assert!(call(&rig, &text).await.starts_with("HTTP/1.1 200"));
    rig.tokens.change(short, |record| record.expires_at = None);
    let begun = std::time::Instant::now();
    while issuer.issued.load(Ordering::SeqCst) < 2 {
        assert!(call(&rig, &text).await.starts_with("HTTP/1.1 200"));
        assert!(begun.elapsed() < super::rig::PATIENCE, "the old one is still handed out");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let last = upstream.arrived().pop().expect("a call");
    assert!(claims(&last)["exp"].as_i64() >= Some(now.as_seconds() + 9), "{last:?}");
}

#[tokio::test]
async fn without_a_signer_nothing_passes() {
    let upstream = Upstream::start(OK).await;
    let rig = start(upstream.address, &[route()], &[]).await;
    let answer = call(&rig, &rig.token).await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("upstream_token_unavailable"), "{answer}");
    assert!(upstream.arrived().is_empty());
}

#[tokio::test]
async fn an_api_may_be_told_nothing() {
    let upstream = Upstream::start(OK).await;
    let rig = start(upstream.address, &[json!({"path": "/v1/**", "upstream_token": "none"})], &[]).await;
    assert!(call(&rig, &rig.token).await.starts_with("HTTP/1.1 200"));
    let arrived = upstream.only();
    assert!(!arrived.headers.iter().any(|(name, _)| name.contains("jeton") || name == "authorization"), "{arrived:?}");
}

#[tokio::test]
async fn nobody_is_signed_for_who_is_not_known() {
    let upstream = Upstream::start(OK).await;
    let mut open = route();
    open["access"] = json!("public");
    let (rig, issuer) = rig(&upstream, open).await;
    assert!(rig.send("GET /v1/a HTTP/1.1\r\nHost: a\r\n\r\n").await.starts_with("HTTP/1.1 200"));
    assert!(!upstream.only().headers.iter().any(|(name, _)| name == "authorization"));
    assert_eq!(issuer.issued.load(Ordering::SeqCst), 0);
}
