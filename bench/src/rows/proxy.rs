//! The built-in proxy in front of a small upstream: with checking on, against the same proxy with checking off, and against
//! plain nginx where it is installed.

use crate::{
    installation::{Database, Installation},
    load,
    pairs::{self, Side},
    process::{self, Server},
    report::Line,
};
use anyhow::Result;
use std::{net::SocketAddr, path::PathBuf, rc::Rc};

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let upstream_address = SocketAddr::from(([127, 0, 0, 1], process::free_port()?));
    // Upstream and load share the second core; what is measured has the first to itself.
    let mut command = process::on_cores("1", &std::env::current_exe()?);
    command.args(["--bare", "upstream", &upstream_address.to_string()]);
    let _upstream = Server::start(command, upstream_address)?;

    let installation = Installation::prepare(&Database::Sqlite, Some(upstream_address))?;
    let node = installation.start("0")?;
    installation.declare_api(&node).await?;
    let issued = installation.issue(&node, "opaque", 5_000).await?;
    let requests: Rc<Vec<Vec<u8>>> = Rc::new(issued.iter().map(|(text, _)| proxied(text)).collect());
    load::run_once(node.server.address, 32, requests.clone(), 200).await?;

    let address = SocketAddr::from(([127, 0, 0, 1], process::free_port()?));
    let mut command = process::pinned(&std::env::current_exe()?);
    command.args(["--bare", "proxy", &address.to_string()]).env("JETON_BENCH_UPSTREAM", upstream_address.to_string());
    let unchecked = Server::start(command, address)?;
    let own = || Side { server: &node.server, requests: requests.clone() };
    let bare = Side { server: &unchecked, requests: requests.clone() };
    let mut lines = pairs::compare("proxy: checking on / checking off", own(), bare, 0.90).await?;

    if let Some(nginx) = nginx() {
        let folder = tempfile::tempdir()?;
        let address = SocketAddr::from(([127, 0, 0, 1], process::free_port()?));
        std::fs::write(folder.path().join("nginx.conf"), configuration(folder.path(), address, upstream_address))?;
        let mut command = process::pinned(&nginx);
        command.arg("-p").arg(folder.path()).arg("-c").arg(folder.path().join("nginx.conf")).arg("-e").arg(folder.path().join("error.log"));
        let plain = Server::start(command, address)?;
        let bare = Side { server: &plain, requests: requests.clone() };
        lines.extend(pairs::compare("proxy: checking on / nginx plain", own(), bare, 0.85).await?);
    }
    Ok(lines)
}

fn proxied(token: &str) -> Vec<u8> {
    format!("GET /orders/7 HTTP/1.1\r\nhost: proxied.example.test\r\nauthorization: Bearer {token}\r\n\r\n").into_bytes()
}

fn nginx() -> Option<PathBuf> {
    ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"].iter().map(PathBuf::from).find(|path| path.exists())
}

/// One process in the foreground, keep-alive both ways, no log.
fn configuration(folder: &std::path::Path, address: SocketAddr, upstream: SocketAddr) -> String {
    let folder = folder.display();
    format!(
        "daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nevents {{ worker_connections 512; }}\nhttp {{\n  access_log off;\n  client_body_temp_path {folder}/body;\n  proxy_temp_path {folder}/proxy;\n  fastcgi_temp_path {folder}/fastcgi;\n  uwsgi_temp_path {folder}/uwsgi;\n  scgi_temp_path {folder}/scgi;\n  keepalive_requests 100000000;\n  upstream small {{ server {upstream}; keepalive 64; keepalive_requests 100000000; }}\n  server {{\n    listen {address};\n    location / {{ proxy_pass http://small; proxy_http_version 1.1; proxy_set_header Connection \"\"; }}\n  }}\n}}\n"
    )
}
