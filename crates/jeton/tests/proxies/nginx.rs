//! Real nginx with the configuration of `docs/proxies/nginx.md`.

use super::{
    proxy::Proxy,
    setting::{Setting, block, free_port},
};
use tempfile::TempDir;

/// What stands around the documented part: where the process writes, and that it stays in the foreground.
const AROUND: &str = "daemon off; master_process off; worker_processes 1; pid DIR/nginx.pid; error_log stderr;
events { worker_connections 256; }
http { access_log off; client_body_temp_path DIR/body; proxy_temp_path DIR/proxy; fastcgi_temp_path DIR/fastcgi;
uwsgi_temp_path DIR/uwsgi; scgi_temp_path DIR/scgi;
DOCUMENTED
}";

async fn nginx(setting: &Setting) -> Proxy {
    let (port, folder) = (free_port(), tempfile::tempdir().expect("folder"));
    started(setting, port, folder, |documented| documented.replace("listen 8080;", &format!("listen 127.0.0.1:{port};"))).await
}

/// The same, with the documented part as `adjust` has it.
pub(super) async fn started(setting: &Setting, port: u16, folder: TempDir, adjust: impl FnOnce(&str) -> String) -> Proxy {
    let documented = block("nginx.md", "nginx")
        .replace("127.0.0.1:8700", &setting.jeton.to_string())
        .replace("127.0.0.1:9000", &setting.api.address.to_string());
    within(&adjust(&documented), port, folder).await
}

/// nginx with another block of the page.
pub(super) async fn of(documented: &str, port: u16) -> Proxy {
    within(documented, port, tempfile::tempdir().expect("folder")).await
}

async fn within(documented: &str, port: u16, folder: TempDir) -> Proxy {
    let config = AROUND.replace("DOCUMENTED", documented).replace("DIR", folder.path().to_str().expect("path"));
    std::fs::write(folder.path().join("nginx.conf"), config).expect("configuration");
    let arguments = ["-e", "stderr", "-p", folder.path().to_str().expect("path"), "-c", "nginx.conf"].map(str::to_owned);
    Proxy::start("/usr/sbin/nginx", "Debian's `nginx-light`", &arguments, port, folder).await
}

#[tokio::test]
async fn nginx_asks_before_it_passes_on() {
    let setting = Setting::start().await;
    let proxy = nginx(&setting).await;
    setting.common_ground(&proxy).await;
}

#[tokio::test]
async fn nginx_turns_other_refusals_back() {
    let setting = Setting::start().await;
    let proxy = nginx(&setting).await;
    for path in ["/v1/a%2fb", "/v1/a%5cb", "/v1/a;b", "/v1/%252e%252e/a", "/v1/../admin", "/v1//a"] {
        let answer = proxy.call(&format!("GET {path}"), &setting.reader, "").await;
        assert_eq!(answer.status, 400, "{path}: {answer:?}");
    }
    let limited = setting.limited().await;
    assert_eq!(proxy.call("GET /v1/a", &limited, "").await.status, 200);
    let answer = proxy.call("GET /v1/a", &limited, "").await;
    assert_eq!((answer.status, answer.header("retry-after").is_some()), (429, true), "{answer:?}");
    assert_eq!(setting.api.calls(), 1);
    setting.kill_jeton();
    assert_eq!(proxy.call("GET /v1/a", &setting.reader, "").await.status, 503);
    assert_eq!(setting.api.calls(), 1);
}
