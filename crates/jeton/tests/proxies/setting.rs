//! A sample API, the real program with the configuration of the pages and a real proxy between them, and what every such proxy
//! must do.

use super::{
    caller::{Caller, Issued, issued},
    holder::Holder,
    installation::{Installation, Node},
    proxy::{Answer, Proxy},
    sample::SampleApi,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::{path::Path, process::Output, time::Duration};

/// No test waits longer for anything.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
pub(super) const AUDIENCE: &str = "https://orders.example.com";

/// The fenced blocks of a language in a page of `docs/proxies`.
pub(super) fn blocks(name: &str, language: &str) -> Vec<String> {
    let text = page(name);
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split_once("```").expect("the block's end").0.to_owned()).collect()
}

/// A page of `docs/proxies`.
pub(super) fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/proxies").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
}

/// The first of them.
pub(super) fn block(page: &str, language: &str) -> String {
    blocks(page, language).into_iter().next().unwrap_or_else(|| panic!("{page} has no {language} block"))
}

pub(super) fn free_port() -> u16 {
    super::installation::free_address().port()
}

/// The program with the configuration of the pages, a sample API, and tokens.
pub(super) struct Setting {
    installation: Installation,
    node: Mutex<Option<Node>>,
    /// Where the program listens.
    pub(super) jeton: std::net::SocketAddr,
    owner: Caller,
    pub(super) api: SampleApi,
    reader_token: Issued,
    /// May read, from anywhere.
    pub(super) reader: String,
}

impl Setting {
    pub(super) async fn start() -> Self {
        Self::with("").await
    }
    /// The same with more of a configuration behind that of the pages.
    pub(super) async fn with(more: &str) -> Self {
        let configuration = block("nginx.md", "toml");
        for (page, name) in [("caddy.md", "Caddy"), ("envoy.md", "Envoy"), ("haproxy.md", "HAProxy"), ("traefik.md", "Traefik")] {
            assert_eq!(configuration.replace("nginx asks", "P"), block(page, "toml").replace(&format!("{name} asks"), "P"), "{page}");
        }
        // Nonces besides: they concern nobody but whoever presents a proof.
        let configuration = configuration.replacen("[[gate.route]]", "[gate]\ndpop_nonce = true\n\n[[gate.route]]", 1);
        let installation = Installation::configured(&format!("{configuration}\n{more}"));
        let node = installation.start().await;
        let owner = installation.owner_of(&node);
        let scopes = json!([{"scope": "orders:read"}, {"scope": "orders:write"}]);
        owner.expect(201, "POST", "/v1/apis", Some(json!({"audience": AUDIENCE, "name": "Orders", "scopes": scopes}))).await;
        let reader_token = issue(&owner, json!({"scopes": ["orders:read"]})).await;
        let (jeton, api) = (node.address, SampleApi::start().await);
        let reader = reader_token.text.clone();
        Self { installation, node: Mutex::new(Some(node)), jeton, owner, api, reader_token, reader }
    }
    /// What the owner asks of the management interface.
    pub(super) async fn expect(&self, status: u16, method: &str, path: &str, body: Value) -> Value {
        self.owner.expect(status, method, path, Some(body)).await
    }
    /// Issues a token for the sample API.
    pub(super) async fn issue(&self, more: Value) -> String {
        issue(&self.owner, more).await.text
    }
    /// A JWT for another API of the same issuer.
    pub(super) async fn jwt_for_another_api(&self) -> String {
        let other = "https://other.example.com";
        let scopes = json!([{"scope": "orders:read"}]);
        self.owner.expect(201, "POST", "/v1/apis", Some(json!({"audience": other, "name": "Other", "scopes": scopes}))).await;
        let order =
            json!({"kind": "svc", "name": "robot", "audience": [other], "scopes": ["orders:read"], "format": "jwt", "expires_in": 300});
        issued(&self.owner.expect(201, "POST", "/v1/tokens", Some(order)).await).text
    }
    /// A token that may call once.
    pub(super) async fn limited(&self) -> String {
        self.issue(json!({"scopes": ["orders:read"], "limits": {"rates": [{"requests": 1, "per_seconds": 3600}]}})).await
    }
    /// Ends the program as a power cut would.
    pub(super) fn kill_jeton(&self) {
        self.node.lock().take().expect("running").kill();
    }
    /// What `jeton token explain` says of the decision that an answer names.
    pub(super) fn explained(&self, answer: &Answer) -> String {
        let decision = answer.header("jeton-decision").unwrap_or_else(|| panic!("no decision is named: {answer:?}"));
        let node = self.node.lock();
        let told: Output = self.installation.command(node.as_ref().expect("running"), &["token", "explain", decision]);
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        String::from_utf8_lossy(&told.stdout).into_owned()
    }
    /// What every proxy must do.
    pub(super) async fn common_ground(&self, proxy: &Proxy) {
        self.passes_on(proxy).await;
        self.refuses(proxy).await;
        self.looks_at_the_callers_address(proxy).await;
        self.is_not_deceived(proxy).await;
        self.takes_proofs(proxy).await;
        self.owner.expect(200, "POST", &format!("/v1/tokens/{}/revoke", self.reader_token.id), Some(json!({"reason": "leaked"}))).await;
        // From the very next call on.
        let answer = proxy.call("GET /v1/orders", &self.reader, "").await;
        assert_eq!(answer.status, 401, "{answer:?}");
        assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.contains("revoked")), "{answer:?}");
        assert!(self.explained(&answer).contains("revoked"));
        assert_eq!(self.api.calls(), 0);
        let unheard = self.issue(json!({"scopes": ["orders:read"]})).await;
        self.kill_jeton();
        for token in [self.reader.as_str(), &unheard, ""] {
            let answer = proxy.call("GET /v1/orders", token, "").await;
            assert!((500..600).contains(&answer.status), "nobody decides, and it is answered {answer:?}");
        }
        assert_eq!(self.api.calls(), 0);
    }
    /// From another address of this machine, told by the proxy and nobody else.
    async fn looks_at_the_callers_address(&self, proxy: &Proxy) {
        let elsewhere = self.issue(json!({"scopes": ["orders:read"], "networks": ["127.0.0.2/32"]})).await;
        let refused = proxy.call("GET /v1/orders", &elsewhere, "X-Forwarded-For: 127.0.0.2\r\n").await;
        assert_eq!(refused.status, 403, "{refused:?}");
        let told = self.explained(&refused);
        assert!(told.contains("address_not_allowed") && told.contains("127.0.0.1"), "{told}");
        assert_eq!(self.api.calls(), 0);
        let passed = proxy.call_from([127, 0, 0, 2], "GET /v1/orders", &elsewhere, "X-Forwarded-For: 127.0.0.1\r\n").await;
        assert_eq!(passed.status, 200, "{passed:?}");
        assert_eq!(self.api.take().all("x-forwarded-for"), ["127.0.0.2"]);
    }
    async fn passes_on(&self, proxy: &Proxy) {
        let answer = proxy.call("GET /v1/orders/7?a=b%2Fc", &self.reader, "").await;
        assert_eq!((answer.status, answer.body.contains("ok")), (200, true), "{answer:?}");
        let seen = self.api.take();
        assert_eq!(seen.line, "GET /v1/orders/7?a=b%2Fc");
        assert_eq!(seen.all("jeton-subject"), ["robot"]);
        assert_eq!(seen.all("jeton-scopes"), ["orders:read"]);
        assert_eq!(seen.all("jeton-token-id"), [self.reader_token.id.as_str()]);
        assert_eq!(seen.all("x-forwarded-for"), ["127.0.0.1"]);
        assert!(seen.all("authorization").is_empty(), "{seen:?}");
        let head = proxy.call("HEAD /v1/orders", &self.reader, "").await;
        assert_eq!((head.status, head.body.as_str(), self.api.take().line.as_str()), (200, "", "HEAD /v1/orders"));
        let writer = self.issue(json!({"scopes": ["orders:write"], "networks": ["127.0.0.0/8"]})).await;
        let posted = proxy.call("POST /v1/orders", &writer, "X-Forwarded-For: 192.0.2.1\r\nContent-Length: 5\r\n\r\nhello").await;
        let seen = self.api.take();
        assert_eq!((posted.status, seen.line.as_str(), seen.body.as_str()), (200, "POST /v1/orders", "hello"));
    }
    async fn refuses(&self, proxy: &Proxy) {
        let far = self.issue(json!({"scopes": ["orders:read"], "networks": ["192.0.2.0/24"]})).await;
        let spoofed = "X-Forwarded-For: 192.0.2.1\r\nX-Real-IP: 192.0.2.1\r\nForwarded: for=192.0.2.1\r\nTrue-Client-IP: 192.0.2.1\r\n";
        let cases = [
            ("no token", "GET /v1/orders", "", "", 401),
            ("not a token", "GET /v1/orders", "nonsense", "", 401),
            ("wrong scope", "POST /v1/orders", self.reader.as_str(), "Content-Length: 0\r\n", 403),
            ("no route", "GET /admin", &self.reader, "", 403),
            ("wrong network", "GET /v1/orders", &far, "", 403),
            ("wrong network, spoofed", "GET /v1/orders", &far, spoofed, 403),
            ("another method told", "POST /v1/orders", &self.reader, "X-Original-Method: GET\r\nContent-Length: 0\r\n", 403),
            ("another path told", "GET /admin", &self.reader, "X-Original-URI: /v1/orders\r\n", 403),
        ];
        for (name, call, token, headers, status) in cases {
            let answer = proxy.call(call, token, headers).await;
            assert_eq!(answer.status, status, "{name}: {answer:?}");
            assert!(status != 401 || answer.header("www-authenticate").is_some(), "{name}: {answer:?}");
            assert!(answer.header("jeton-decision").is_some_and(|decision| decision.starts_with("dec_")), "{name}: {answer:?}");
        }
        // Never let through, whatever the proxy makes of it.
        let encoded =
            ["/v1/a%2fb", "/v1/%2e%2e/admin", "/v1/..;/admin", "/v1/a%5c..%5cadmin", "/v1/%252e%252e/admin", "/v1/orders?access_token=x"];
        for path in encoded {
            let answer = proxy.call(&format!("GET {path}"), &self.reader, "").await;
            assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
        }
        for header in ["X-Forwarded-Uri: /v1/orders\r\n", "X-Forwarded-Method: GET\r\n", "X-Original-URL: /v1/orders\r\n"] {
            let answer = proxy.call("POST /admin", &self.reader, &format!("{header}Content-Length: 0\r\n")).await;
            assert!((400..500).contains(&answer.status), "{header}: {answer:?}");
        }
        assert_eq!(self.api.calls(), 0);
    }
    /// A token that is bound to a key: the proof comes through, for the address that the client called, and a nonce comes back.
    async fn takes_proofs(&self, proxy: &Proxy) {
        let holder = Holder::start(&self.owner, self.jeton, AUDIENCE, "orders:read").await;
        let url = "http://orders.example.com/v1/orders/7";
        let call = async |proof: &str| {
            let fields = format!("Authorization: DPoP {}\r\nDPoP: {proof}\r\n", holder.token);
            proxy.call("GET /v1/orders/7?a=b", "", &fields).await
        };
        let first = call(&holder.proof("GET", url, None)).await;
        assert_eq!(first.status, 401, "{first:?}");
        let challenge = first.header("www-authenticate").expect("a challenge");
        assert!(challenge.starts_with("DPoP ") && challenge.contains("error=\"use_dpop_nonce\""), "{challenge}");
        let nonce = first.header("dpop-nonce").expect("a nonce");
        let good = holder.proof("GET", url, Some(nonce));
        assert_eq!(call(&good).await.status, 200);
        let seen = self.api.take();
        assert!(seen.all("dpop").is_empty() && seen.all("authorization").is_empty(), "{seen:?}");
        let wrong = [
            good,
            holder.proof("POST", url, Some(nonce)),
            holder.proof("GET", "https://orders.example.com/v1/orders/7", Some(nonce)),
            holder.proof("GET", "http://orders.example.com/v1/orders", Some(nonce)),
            holder.proof("GET", "http://127.0.0.1:8700/gate/check", Some(nonce)),
        ];
        for proof in wrong {
            let answer = call(&proof).await;
            assert_eq!(answer.status, 401, "{proof}: {answer:?}");
        }
        let stolen = proxy.call("GET /v1/orders/7", &holder.token, "").await;
        assert_eq!(stolen.status, 401, "{stolen:?}");
        assert_eq!(self.api.calls(), 0);
    }
    async fn is_not_deceived(&self, proxy: &Proxy) {
        let spoofed = "Jeton-Subject: admin\r\nJeton_Subject: admin\r\nJeton.Subject: admin\r\nJeton-Client-Id: admin\r\njeton_client-id: admin\r\n\
                       JETON-SCOPES: orders:write\r\nX-Original-Host: other.example\r\nX-Real-IP: 192.0.2.1\r\nForwarded: for=192.0.2.1\r\n\
                       Jeton-Min-Revision: 999\r\n";
        let answer = proxy.call("GET /v1/orders", &self.reader, spoofed).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let seen = self.api.take();
        assert!(!seen.headers.iter().any(|(_, value)| value.contains("admin") || value.contains("192.0.2.1")), "{seen:?}");
        assert_eq!((seen.all("jeton-subject"), seen.all("jeton-scopes")), (vec!["robot"], vec!["orders:read"]));
    }
}

async fn issue(owner: &Caller, mut order: Value) -> Issued {
    order["kind"] = json!("svc");
    order["name"] = json!("robot");
    order["audience"] = json!([AUDIENCE]);
    issued(&owner.expect(201, "POST", "/v1/tokens", Some(order)).await)
}
