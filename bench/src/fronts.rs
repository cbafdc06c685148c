//! Other proxies of this machine, as the pages of `docs/proxies` set them up, but for addresses, on the first core. Each keeps its connections, to
//! callers and to what is behind it.

use crate::process::{self, Server};
use anyhow::{Context, Result, bail};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::Value;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const NGINX_PAGE: &str = include_str!("../../docs/proxies/nginx.md");
const ENVOY_PAGE: &str = include_str!("../../docs/proxies/envoy.md");
const HAPROXY_PAGE: &str = include_str!("../../docs/proxies/haproxy.md");
/// The place of the configuration with JWTs in Envoy's page.
const ENVOY_JWT: usize = 2;
/// The same in HAProxy's.
const HAPROXY_JWT: usize = 1;
/// What the pages call things by.
const PAGE_JETON: &str = "127.0.0.1:8700";
const PAGE_ISSUER: &str = "http://127.0.0.1:8700";
const PAGE_UPSTREAM: &str = "127.0.0.1:9000";
const PAGE_HOST: &str = "orders.example.com";
const PAGE_AUDIENCE: &str = "https://orders.example.com";

/// A proxy that runs.
pub struct Front {
    /// The process.
    pub server: Server,
    _folder: tempfile::TempDir,
}

/// Whose JWTs a proxy verifies, and for what.
pub struct Verified<'a> {
    /// Their issuer.
    pub issuer: &'a str,
    /// The API that they are for.
    pub audience: &'a str,
    /// Where the issuer really listens.
    pub jeton: SocketAddr,
    /// The host that callers name.
    pub host: &'a str,
}

/// How much of a JWT HAProxy looks at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// As its page says: signature, algorithm, type, issuer, audience, end.
    Whole,
    /// At the signature alone, which is less than is safe.
    SignatureAlone,
}

/// nginx that passes everything on.
pub fn nginx_plain(upstream: SocketAddr) -> Result<Front> {
    nginx(|address| {
        format!(
            "upstream small {{ server {upstream}; keepalive 64; keepalive_requests 100000000; }}\nserver {{\n  listen {address};\n  location / {{ proxy_pass http://small; proxy_http_version 1.1; proxy_set_header Connection \"\"; }}\n}}\n"
        )
    })
}

/// nginx that asks Jeton about each request with `auth_request`.
pub fn nginx_asking(upstream: SocketAddr, jeton: SocketAddr) -> Result<Front> {
    let page = block(NGINX_PAGE, "nginx", 0)?;
    nginx(|address| {
        page.replace("keepalive 32;", "keepalive 64; keepalive_requests 100000000;")
            .replace(PAGE_JETON, &jeton.to_string())
            .replace(PAGE_UPSTREAM, &upstream.to_string())
            .replace("listen 8080;", &format!("listen {address};"))
    })
}

/// One process in the foreground, without a log.
fn nginx(servers: impl FnOnce(SocketAddr) -> String) -> Result<Front> {
    let places = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"];
    let program = places.iter().map(PathBuf::from).find(|path| path.exists());
    let program = program.context("nginx is missing: `make bench-peers` installs it")?;
    let (folder, address) = (tempfile::tempdir()?, process::free_address()?);
    let path = folder.path().display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|kind| format!("{kind}_temp_path {path}/{kind};")).join(" ");
    let text = format!(
        "daemon off;\nmaster_process off;\npid {path}/nginx.pid;\nevents {{ worker_connections 512; }}\nhttp {{\n  access_log off;\n  {temporary}\n  keepalive_requests 100000000;\n{}}}\n",
        servers(address)
    );
    let file = folder.path().join("nginx.conf");
    std::fs::write(&file, text)?;
    let mut command = process::pinned(&program);
    command.arg("-p").arg(folder.path()).arg("-c").arg(file).arg("-e").arg(folder.path().join("error.log"));
    Ok(Front { server: Server::start(command, address)?, _folder: folder })
}

/// Envoy that verifies JWTs by itself (`jwt_authn`), with one worker. It fetches the keys at its first request.
pub fn envoy_verifying(upstream: SocketAddr, verified: &Verified<'_>) -> Result<Front> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/foreign/envoy");
    if !program.exists() {
        bail!("Envoy is missing: `make bench-peers` installs it");
    }
    let (folder, address) = (tempfile::tempdir()?, process::free_address()?);
    let text = block(ENVOY_PAGE, "yaml", ENVOY_JWT)?
        .replace(&format!("issuer: {PAGE_ISSUER}"), &format!("issuer: {}", verified.issuer))
        .replace(PAGE_AUDIENCE, verified.audience)
        .replace(PAGE_HOST, verified.host)
        .replace(PAGE_JETON, &verified.jeton.to_string())
        .replace("port_value: 8700", &format!("port_value: {}", verified.jeton.port()))
        .replace("port_value: 9000", &format!("port_value: {}", upstream.port()))
        .replace("address: 0.0.0.0, port_value: 8080", &format!("address: 127.0.0.1, port_value: {}", address.port()));
    let file = folder.path().join("envoy.yaml");
    std::fs::write(&file, text)?;
    let mut command = process::pinned(&program);
    command.arg("-c").arg(file).args(["--disable-hot-restart", "--concurrency", "1", "-l", "error"]).stderr(Stdio::null());
    Ok(Front { server: Server::start(command, address)?, _folder: folder })
}

/// HAProxy that verifies JWTs by itself (`jwt_verify`), with one thread and the ES256 key of this set.
pub fn haproxy_verifying(upstream: SocketAddr, verified: &Verified<'_>, keys: &Value, looked: Looked) -> Result<Front> {
    let program = PathBuf::from("/usr/sbin/haproxy");
    if !program.exists() {
        bail!("HAProxy is missing: `make bench-peers` installs it");
    }
    let (folder, address) = (tempfile::tempdir()?, process::free_address()?);
    let key = folder.path().join("jeton.pem");
    std::fs::write(&key, pem(keys)?)?;
    let documented = match looked {
        Looked::Whole => block(HAPROXY_PAGE, "haproxy", HAPROXY_JWT)?
            .replace("/etc/haproxy/jeton.pem", &key.display().to_string())
            .replace(PAGE_ISSUER, verified.issuer)
            .replace(PAGE_AUDIENCE, verified.audience)
            .replace(PAGE_UPSTREAM, &upstream.to_string())
            .replace("bind :8080", &format!("bind {address}")),
        Looked::SignatureAlone => format!(
            "defaults\n    mode http\n    timeout connect 2s\n    timeout client 30s\n    timeout server 30s\n\nfrontend orders\n    bind {address}\n    http-request deny deny_status 401 unless {{ http_auth_bearer,jwt_verify(\"ES256\",\"{}\") 1 }}\n    default_backend orders_api\n\nbackend orders_api\n    server one {upstream}\n",
            key.display()
        ),
    };
    let file = folder.path().join("haproxy.cfg");
    std::fs::write(&file, format!("global\n    nbthread 1\n\n{documented}"))?;
    let mut command: Command = process::pinned(&program);
    command.arg("-db").arg("-f").arg(file).stderr(Stdio::null());
    Ok(Front { server: Server::start(command, address)?, _folder: folder })
}

/// A fenced block of a language in a page.
fn block(page: &str, language: &str, number: usize) -> Result<String> {
    let rest = page.split(&format!("```{language}\n")).nth(number + 1).with_context(|| format!("no {language} block {number}"))?;
    Ok(rest.split_once("```").context("the block has no end")?.0.to_owned())
}

/// The ES256 key of a set as HAProxy reads it.
fn pem(keys: &Value) -> Result<String> {
    const HEAD: [u8; 27] = *b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04";
    let key = keys["keys"].as_array().and_then(|keys| keys.iter().find(|key| key["alg"] == "ES256")).context("no ES256 key")?;
    let half = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap_or_default());
    let der = [&HEAD[..], &half("x")?, &half("y")?].concat();
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    Ok(format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n")))
}
