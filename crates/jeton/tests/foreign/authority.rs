//! The real program as the scenarios meet it: an installation with an API behind its gate, a person, and all clients registered and
//! approved by its command line. In the clear on loopback, or over TLS with an authority for certificates of its own.

use super::{
    certificates,
    clients::{self, Clients, SCOPES},
    installation::{Installation, Node, free_address, program},
    sample::SampleApi,
    script,
};
use serde_json::{Map, Value, json};
use std::{
    io::Write,
    net::SocketAddr,
    path::PathBuf,
    process::{Command, Stdio},
};

const PERSON: &str = "ada";
const PASSWORD: &str = "correct horse battery staple";
const EMAIL: &str = "ada@example.test";

/// Short, since a scenario waits for its end; long enough for the repetitions of a slow machine.
const REFRESH_GRACE_SECONDS: u32 = 8;

/// Where the client `site` is when no scenario of the test needs it.
pub(super) const NO_SITE: &str = "https://site.example.test";

/// A running authority.
pub(super) struct Authority {
    installation: Installation,
    _node: Node,
    _api: SampleApi,
    /// What the scenarios are given.
    pub(super) setting: Value,
    /// Where its data and its certificates are.
    pub(super) folder: PathBuf,
    trusted: PathBuf,
}

impl Authority {
    /// In the clear on loopback.
    pub(super) async fn start() -> Self {
        Self::with(NO_SITE, "", false).await
    }
    /// Over TLS.
    pub(super) async fn start_over_tls() -> Self {
        Self::with(NO_SITE, "", true).await
    }
    /// One whose client `site` is at that address, with more configuration, over TLS or not.
    pub(super) async fn with(site: &str, more: &str, tls: bool) -> Self {
        let (address, api) = (free_address(), SampleApi::start().await);
        let scheme = if tls { "https" } else { "http" };
        // The gate takes a host that a route names whole: the authority has another name on the same port.
        let (issuer, apis) = (format!("{scheme}://localhost:{}", address.port()), format!("{scheme}://{address}"));
        let installation = Installation::configured(&configuration(&issuer, &apis, &api, more));
        let (folder, trusted) = (installation.path().to_owned(), certificates::write(installation.path()));
        let trusting = format!("SSL_CERT_FILE={}", trusted.display());
        let node = Node::launch_within(&["env", &trusting], &folder, address, free_address()).ready().await;
        let mut authority = Self { installation, _node: node, _api: api, setting: Value::Null, folder, trusted };
        authority.setting = authority.fill(&issuer, &apis, site);
        authority
    }
    /// Declares the APIs, adds the person, registers the clients, and says what a scenario must know.
    fn fill(&self, issuer: &str, apis: &str, site: &str) -> Value {
        let (opaque, jwt) = (format!("{apis}/orders"), format!("{apis}/jwt"));
        let scopes: Vec<String> = SCOPES.iter().map(|scope| format!("--scope={scope}=Use {scope}")).collect();
        for (audience, more) in [(&opaque, None), (&jwt, Some("--token-format=jwt"))] {
            let mut arguments = vec!["api", "add", "--audience", audience, "--name", "Orders"];
            arguments.extend(scopes.iter().map(String::as_str).chain(more));
            self.jeton(issuer, &arguments, "");
        }
        self.jeton(issuer, &["user", "add", PERSON, "--email", EMAIL, "--role", "developer", "--password-stdin"], PASSWORD);
        let clients = Clients::new(site);
        let registered: Map<String, Value> = clients
            .metadata
            .iter()
            .map(|(name, metadata)| ((*name).to_owned(), self.register(issuer, name, metadata, [&opaque, &jwt])))
            .collect();
        json!({
            "issuer": issuer,
            "person": {"username": PERSON, "password": PASSWORD, "email": EMAIL, "name": "Ada Lovelace"},
            "api": {"audience": opaque, "jwt_audience": jwt, "url": format!("{opaque}/7"), "scopes": SCOPES},
            "redirect_uri": clients::REDIRECT_URI,
            "post_logout_redirect_uri": clients::POST_LOGOUT_REDIRECT_URI,
            "clients": registered,
            "keys": clients.keys,
            "refresh_grace_seconds": REFRESH_GRACE_SECONDS,
        })
    }
    /// Registers one client and approves it; the reader may introspect the tokens of the APIs, and the legacy client
    /// prove itself as its library does.
    fn register(&self, issuer: &str, name: &str, metadata: &Value, apis: [&String; 2]) -> Value {
        let mut arguments = vec!["client", "register", "--metadata", "-", "--approve", "--json"];
        match name {
            "reader" => arguments.extend(apis.iter().flat_map(|api| ["--introspects", api.as_str()])),
            "legacy" => arguments.push("--legacy-assertions"),
            _ => {}
        }
        serde_json::from_str(&self.jeton(issuer, &arguments, &metadata.to_string())).expect("the answer of a registration is JSON")
    }
    /// Runs a command of the program as the owner and gives what it prints.
    fn jeton(&self, issuer: &str, arguments: &[&str], input: &str) -> String {
        let mut command = Command::new(program());
        command.args(arguments).current_dir(&self.folder).env("SSL_CERT_FILE", &self.trusted);
        command.env("JETON_URL", issuer).env("JETON_TOKEN", &self.installation.owner);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program runs");
        let _ = child.stdin.take().expect("standard input").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("the program ends");
        let faults = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`jeton {}` gave {}: {faults}", arguments.join(" "), output.status);
        String::from_utf8(output.stdout).expect("text")
    }
    /// Something of the setting, by its pointer.
    pub(super) fn told(&self, pointer: &str) -> &str {
        self.setting.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no `{pointer}` in {}", self.setting))
    }
    /// Runs a scenario, which must pass.
    pub(super) async fn passes(&self, scenario: &str) {
        script::passes(scenario, &self.setting, Some(&self.trusted)).await;
    }
}

fn configuration(issuer: &str, apis: &str, upstream: &SampleApi, more: &str) -> String {
    let tls = if issuer.starts_with("https:") { "[tls]\ncertificate = \"certificate.pem\"\nkey = \"key.pem\"\n" } else { "" };
    let routes: String = ["orders", "jwt"].iter().map(|path| route(apis, path, &format!("/{path}/**"), upstream.address)).collect();
    let more = more.replace("APIS", apis);
    format!(
        "issuer = \"{issuer}\"\n\n[database]\nurl = \"sqlite://jeton-data/jeton.db\"\n\n[oauth]\ndevelopment = true\nrefresh_grace = \"{REFRESH_GRACE_SECONDS}s\"\n\n{tls}\n{routes}\n{more}"
    )
}

/// A route of the gate to one of the APIs: `APIS` stands for where they are until that is known.
pub(super) fn route(apis: &str, api: &str, path: &str, upstream: SocketAddr) -> String {
    let [read, _] = SCOPES;
    let place = format!("host = \"127.0.0.1\"\npath = \"{path}\"\naudience = \"{apis}/{api}\"");
    format!("[[gate.route]]\n{place}\nscopes = [\"{read}\"]\nupstream = \"http://{upstream}\"\n\n")
}
