//! Clients with certificates (RFC 8705) behind real nginx and real Caddy: the lines that their pages name are what hands a certificate on,
//! and what a client writes under that name itself never counts.

use super::{
    proxy::Proxy,
    setting::{AUDIENCE, Setting, block, free_port, page},
};
use serde_json::{Value, json};
use std::path::Path;

/// A certificate that its holder made himself, with its key, in PEM.
struct Identity {
    certificate: String,
    key: String,
}

impl Identity {
    fn new() -> Self {
        let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        Self { certificate: own.cert.pem(), key: own.signing_key.serialize_pem() }
    }
    fn write(&self, folder: &Path) -> [String; 2] {
        [("server.pem", &self.certificate), ("server.key", &self.key)].map(|(name, text)| {
            let file = folder.join(name);
            std::fs::write(&file, text).expect("a file");
            file.to_str().expect("a path").to_owned()
        })
    }
    /// As nginx writes it into a field: percent-encoded PEM.
    fn escaped(&self) -> String {
        self.certificate
            .bytes()
            .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect()
    }
}

/// The code of a page of `docs/proxies` that stands between backquotes and begins so.
fn quoted(page_name: &str, beginning: &str) -> String {
    let text = page(page_name);
    let found = text.split('`').find(|code| code.starts_with(beginning));
    found.unwrap_or_else(|| panic!("{page_name} does not name `{beginning}…`")).to_owned()
}

/// A token that is bound to a certificate; its client shows it to Jeton as the proxy would.
async fn bound_token(setting: &Setting, header: &str, shown: &str) -> String {
    let metadata = json!({
        "client_name": "Robot", "grant_types": ["client_credentials"], "token_endpoint_auth_method": "client_secret_post",
        "tls_client_certificate_bound_access_tokens": true, "scope": "orders:read",
    });
    let client = setting.expect(201, "POST", "/v1/clients", json!({"metadata": metadata, "approve": true})).await;
    let text = |name: &str| client[name].as_str().unwrap_or_else(|| panic!("no {name}: {client}")).to_owned();
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", &text("client_id"))
        .append_pair("client_secret", &text("client_secret"))
        .append_pair("resource", AUDIENCE)
        .finish();
    let request = reqwest::Client::new().post(format!("http://{}/oauth/token", setting.jeton)).header(header, shown);
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    let answer: Value = request.send().await.expect("an answer").json().await.expect("JSON");
    answer["access_token"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
}

/// Calls through the proxy with a certificate or none; gives the status.
async fn call(proxy: &Proxy, token: &str, shown: Option<&Identity>, told: Option<(&str, &str)>) -> u16 {
    let mut builder =
        reqwest::Client::builder().no_proxy().tls_danger_accept_invalid_certs(true).resolve("orders.example.com", proxy.address);
    if let Some(own) = shown {
        let pem = format!("{}{}", own.key, own.certificate);
        builder = builder.identity(reqwest::Identity::from_pem(pem.as_bytes()).expect("a certificate and its key"));
    }
    let request = builder.build().expect("a client").get(format!("https://orders.example.com:{}/v1/orders", proxy.address.port()));
    let request = told.into_iter().fold(request.bearer_auth(token), |request, (name, value)| request.header(name, value));
    request.send().await.expect("an answer").status().as_u16()
}

async fn try_all(setting: &Setting, proxy: &Proxy, header: &str, own: &Identity, shown: &str) {
    let token = bound_token(setting, header, shown).await;
    assert_eq!(call(proxy, &token, Some(own), None).await, 200);
    assert_eq!(setting.api.take().line, "GET /v1/orders");
    assert_eq!(call(proxy, &token, None, None).await, 401, "without its certificate");
    assert_eq!(call(proxy, &token, Some(&Identity::new()), None).await, 401, "with another");
    assert_eq!(call(proxy, &token, None, Some((header, shown))).await, 401, "told by the client itself");
    assert_eq!(call(proxy, &token, Some(&Identity::new()), Some((header, shown))).await, 401);
    assert_eq!(call(proxy, &setting.reader, None, None).await, 200, "who is bound to none needs none");
    setting.api.take();
    assert_eq!(setting.api.calls(), 0);
}

#[tokio::test]
async fn nginx_hands_certificates_on() {
    let header = "X-SSL-Cert";
    let setting = Setting::with(&format!("[tls]\n{}\n", quoted("nginx.md", "client_certificate_header"))).await;
    let (server, own, folder, port) = (Identity::new(), Identity::new(), tempfile::tempdir().expect("folder"), free_port());
    let [certificate, key] = server.write(folder.path());
    let verify = quoted("nginx.md", "ssl_verify_client optional_no_ca");
    let tls = format!("listen 127.0.0.1:{port} ssl; ssl_certificate {certificate}; ssl_certificate_key {key}; {verify};");
    let line = quoted("nginx.md", "proxy_set_header X-SSL-Cert");
    let adjust = |documented: &str| {
        documented
            .replace("listen 8080;", &tls)
            .replace("internal;\n        proxy_pass", &format!("internal;\n        {line}\n        proxy_pass"))
    };
    let proxy = super::nginx::started(&setting, port, folder, adjust).await;
    try_all(&setting, &proxy, header, &own, &own.escaped()).await;
}

#[tokio::test]
async fn caddy_hands_certificates_on() {
    let header = "Client-Cert";
    let setting = Setting::with(&format!("[tls]\n{}\n", quoted("caddy.md", "client_certificate_header"))).await;
    let (server, own, folder, port) = (Identity::new(), Identity::new(), tempfile::tempdir().expect("folder"), free_port());
    let [certificate, key] = server.write(folder.path());
    let line = quoted("caddy.md", "request_header Client-Cert");
    let site = format!(
        "https://orders.example.com:{port} {{\n\tbind 127.0.0.1\n\ttls {certificate} {key} {{\n\t\tclient_auth {{\n\t\t\tmode request\n\t\t}}\n\t}}"
    );
    let documented = block("caddy.md", "caddyfile")
        .replace("127.0.0.1:8700", &setting.jeton.to_string())
        .replace("127.0.0.1:9000", &setting.api.address.to_string())
        .replace("orders.example.com {", &site)
        .replace("\t\tforward_auth", &format!("\t\t{line}\n\t\tforward_auth"));
    let config = format!("{{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}}\n{documented}");
    let file = folder.path().join("Caddyfile");
    std::fs::write(&file, config).expect("configuration");
    let arguments = ["run", "--adapter", "caddyfile", "--config", file.to_str().expect("path")].map(str::to_owned);
    let proxy = Proxy::start("/usr/bin/caddy", "Debian's `caddy`", &arguments, port, folder).await;
    let der = own.certificate.lines().filter(|line| !line.starts_with("-----")).collect::<String>();
    try_all(&setting, &proxy, header, &own, &format!(":{der}:")).await;
}
