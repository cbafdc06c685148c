//! Real HAProxy with the configurations of `docs/proxies/haproxy.md`.

use super::{
    proxy::Proxy,
    setting::{Setting, block, blocks, free_port},
};
use serde_json::json;
use std::{path::Path, process::Command};

/// Starts it with one of the page's configurations, whose files lie in `folder`.
async fn haproxy(setting: &Setting, documented: &str, folder: tempfile::TempDir) -> Proxy {
    let port = free_port();
    let path = folder.path().to_str().expect("path").to_owned();
    let config = documented
        .replace("/etc/haproxy", &path)
        .replace("127.0.0.1:9000", &setting.api.address.to_string())
        .replace("bind :8080", &format!("bind 127.0.0.1:{port}"));
    std::fs::write(folder.path().join("haproxy.cfg"), config).expect("configuration");
    let arguments = ["-db", "-f", &format!("{path}/haproxy.cfg")].map(str::to_owned);
    Proxy::start("/usr/sbin/haproxy", "Debian's `haproxy`", &arguments, port, folder).await
}

async fn asking(setting: &Setting) -> Proxy {
    let folder = tempfile::tempdir().expect("folder");
    let lua = block("haproxy.md", "lua").replace("127.0.0.1:8700", &setting.jeton.to_string());
    std::fs::write(folder.path().join("jeton.lua"), lua).expect("action");
    haproxy(setting, &block("haproxy.md", "haproxy"), folder).await
}

/// Makes the key file as the page says.
fn key_file(setting: &Setting, folder: &Path) {
    let script = block("haproxy.md", "sh")
        .replace("127.0.0.1:8700", &setting.jeton.to_string())
        .replace("/etc/haproxy", folder.to_str().expect("path"));
    let made = Command::new("bash").args(["-euo", "pipefail", "-c", &script]).output().expect("`bash` runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[tokio::test]
async fn haproxy_asks_before_it_passes_on() {
    let setting = Setting::start().await;
    let proxy = asking(&setting).await;
    setting.common_ground(&proxy).await;
}

#[tokio::test]
async fn haproxy_hands_refusals_on_whole() {
    let setting = Setting::start().await;
    let proxy = asking(&setting).await;
    let answer = proxy.call("GET /v1/a%2fb", &setting.reader, "").await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(answer.body.contains("\"code\":\"ambiguous_path\"") && answer.header("jeton-decision").is_some(), "{answer:?}");
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

#[tokio::test]
async fn haproxy_verifies_jwts_with_the_key_alone() {
    let setting = Setting::start().await;
    let token = setting.issue(json!({"scopes": ["orders:read"], "format": "jwt", "expires_in": 300})).await;
    let elsewhere = setting.jwt_for_another_api().await;
    let folder = tempfile::tempdir().expect("folder");
    key_file(&setting, folder.path());
    let proxy = haproxy(&setting, &blocks("haproxy.md", "haproxy").remove(1), folder).await;
    // Nobody is asked: the token passes without Jeton.
    setting.kill_jeton();
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
    assert_eq!(setting.api.calls(), 0);
}
