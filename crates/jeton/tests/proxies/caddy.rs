//! Real Caddy with the configuration of `docs/proxies/caddy.md`.

use super::{
    proxy::Proxy,
    setting::{Setting, block, free_port},
};

async fn caddy(setting: &Setting) -> Proxy {
    let port = free_port();
    let documented = block("caddy.md", "caddyfile")
        .replace("127.0.0.1:8700", &setting.jeton.to_string())
        .replace("127.0.0.1:9000", &setting.api.address.to_string())
        .replace("orders.example.com {", &format!("http://orders.example.com:{port} {{\n\tbind 127.0.0.1"));
    let folder = tempfile::tempdir().expect("folder");
    let config = format!("{{\n\tadmin off\n\tauto_https off\n}}\n{documented}");
    let file = folder.path().join("Caddyfile");
    std::fs::write(&file, config).expect("configuration");
    let arguments = ["run", "--adapter", "caddyfile", "--config", file.to_str().expect("path")].map(str::to_owned);
    Proxy::start("/usr/bin/caddy", "Debian's `caddy`", &arguments, port, folder).await
}

#[tokio::test]
async fn caddy_asks_before_it_passes_on() {
    let setting = Setting::start().await;
    let proxy = caddy(&setting).await;
    setting.common_ground(&proxy).await;
}

#[tokio::test]
async fn caddy_hands_refusals_on_whole() {
    let setting = Setting::start().await;
    let proxy = caddy(&setting).await;
    let answer = proxy.call("GET /v1/a%2fb", &setting.reader, "").await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(answer.body.contains("\"code\":\"ambiguous_path\"") && answer.header("jeton-decision").is_some(), "{answer:?}");
    let limited = setting.limited().await;
    assert_eq!(proxy.call("GET /v1/a", &limited, "").await.status, 200);
    let answer = proxy.call("GET /v1/a", &limited, "").await;
    assert_eq!((answer.status, answer.header("retry-after").is_some()), (429, true), "{answer:?}");
    let answer = proxy.call("GET /v1/a", "jtn_pat_nonsense", "").await;
    assert!(answer.status == 401 && answer.body.contains("\"code\":\"malformed\""), "{answer:?}");
    assert_eq!(setting.api.calls(), 1);
    setting.kill_jeton();
    assert_eq!(proxy.call("GET /v1/a", &setting.reader, "").await.status, 502);
    assert_eq!(setting.api.calls(), 1);
}
