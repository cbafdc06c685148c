//! An authority, gates that follow it, and the tokens that are tried at them.

use super::{
    caller::{Caller, Issued, gate_route, issued},
    installation::{AUDIENCE, Installation, Node, free_address, program, signal, until},
};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
};
use tempfile::TempDir;

/// The issuer of [`Installation::on_sqlite`].
pub const ISSUER: &str = "http://127.0.0.1:8700";

/// A running authority with the API that the tests' tokens are for.
pub struct Authority {
    pub installation: Installation,
    pub node: Node,
    pub owner: Caller,
    pub api: Value,
}

impl Authority {
    /// Starts one.
    pub async fn start() -> Self {
        Self::of(Installation::on_sqlite("")).await
    }
    /// Starts one in this installation.
    pub async fn of(installation: Installation) -> Self {
        let node = installation.start().await;
        let owner = installation.owner_of(&node);
        Self::with(installation, node, owner).await
    }
    /// One that runs already, and whose owner speaks to it so.
    pub async fn with(installation: Installation, node: Node, owner: Caller) -> Self {
        let scopes = json!([{"scope": "orders:read"}, {"scope": "orders:write"}]);
        let api = owner.expect(201, "POST", "/v1/apis", Some(json!({"audience": AUDIENCE, "name": "Orders", "scopes": scopes}))).await;
        Self { installation, node, owner, api }
    }
    /// A gate's token for these APIs.
    pub async fn gate_token(&self, audiences: &[&str]) -> Issued {
        let all: Vec<&str> = std::iter::once(ISSUER).chain(audiences.iter().copied()).collect();
        let order = json!({"kind": "svc", "name": "gate", "audience": all, "scopes": ["gate:follow"]});
        issued(&self.owner.expect(201, "POST", "/v1/tokens", Some(order)).await)
    }
    /// Edits the API.
    pub async fn edit_api(&mut self, edit: Value) {
        let path = format!("/v1/apis/{}", self.api["id"].as_str().expect("an id"));
        let mut body = edit;
        body["version"] = self.api["version"].clone();
        self.api = self.owner.expect(200, "PATCH", &path, Some(body)).await;
    }
    /// Takes a token back; the answer is the acknowledgement.
    pub async fn revoke(&self, id: &str) {
        self.owner.expect(200, "POST", &format!("/v1/tokens/{id}/revoke"), Some(json!({}))).await;
    }
    /// Ends it as a power cut would, and gives what is needed to start it again.
    pub fn kill(self) -> Dead {
        let (address, ops) = (self.node.address, self.node.ops);
        self.node.kill();
        Dead { installation: self.installation, api: self.api, address, ops }
    }
}

/// An authority that was killed.
pub struct Dead {
    pub installation: Installation,
    api: Value,
    address: SocketAddr,
    ops: SocketAddr,
}

impl Dead {
    /// Starts it again where it was.
    pub async fn start(self) -> Authority {
        let node = Node::launch(self.installation.path(), self.address, self.ops).ready().await;
        let owner = self.installation.owner_of(&node);
        Authority { installation: self.installation, node, owner, api: self.api }
    }
}

/// A gate in a folder of its own.
pub struct GateHouse {
    folder: TempDir,
    token: String,
    /// Where it is to listen.
    pub address: SocketAddr,
    ops: SocketAddr,
}

impl GateHouse {
    /// One that follows the authority at `url`, with more configuration behind the usual.
    pub fn following(url: &str, token: &Issued, more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let house = Self { folder, token: token.text.clone(), address: free_address(), ops: free_address() };
        house.configure(url, more);
        house
    }
    /// Writes its configuration.
    pub fn configure(&self, url: &str, more: &str) {
        let text = format!(
            "trusted_proxies = [\"127.0.0.1/32\"]\n\n[log]\nlevel = \"info,jeton=debug\"\n\n[authority]\nurl = \"{url}\"\n{more}\n\n{}",
            gate_route()
        );
        std::fs::write(self.folder.path().join("jeton.toml"), text).expect("a configuration");
    }
    /// Starts its process and does not wait.
    pub fn launch(&self) -> Gate {
        self.launch_with(&[])
    }
    /// The same with more in its environment.
    pub fn launch_with(&self, environment: &[(&str, &str)]) -> Gate {
        let log = self.folder.path().join("gate.log");
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&log).expect("a log file");
        let mut command = Command::new(program());
        command.args(["gate", "--config", "jeton.toml"]).current_dir(self.folder.path()).env("JETON_TOKEN", &self.token);
        command.env("JETON_LISTEN", self.address.to_string()).env("JETON_OPS_LISTEN", self.ops.to_string());
        command.envs(environment.iter().copied());
        command.stdin(Stdio::null()).stdout(file.try_clone().expect("a log file")).stderr(file);
        let client = reqwest::Client::builder().timeout(std::time::Duration::from_secs(20)).build().expect("a client");
        Gate { child: command.spawn().expect("the program starts"), log, address: self.address, ops: self.ops, client }
    }
    /// Its folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// A running `jeton gate`.
pub struct Gate {
    child: Child,
    log: std::path::PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
    ops: SocketAddr,
    client: reqwest::Client,
}

/// What a gate answered to a proxy.
#[derive(Debug)]
pub struct Said {
    /// The status.
    pub status: u16,
    /// The header that marks what is older than it should be.
    pub stale: Option<u64>,
    /// Whether the caller is told to come back.
    pub retry_after: bool,
    /// What is left of the first limit.
    pub left: Option<u64>,
    /// The body.
    pub body: String,
}

impl Gate {
    /// Waits until it follows and has its snapshot.
    pub async fn ready(mut self) -> Self {
        until("the gate is ready", async || {
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("the gate ended ({status}) before it was ready:\n{}", self.said());
            }
            let readiness = self.readiness().await?;
            (readiness["ready"] == json!(true) && readiness.to_string().contains("tokens are known")).then_some(())
        })
        .await;
        self
    }
    /// Waits until it has ended by itself, and gives how.
    pub async fn ended(mut self) -> ExitStatus {
        until("the gate ends", async || self.child.try_wait().expect("a status")).await
    }
    /// Waits until it is open for questions.
    pub async fn open(self) -> Self {
        until("the gate is open", async || self.try_ask("x").await).await;
        self
    }
    /// What `/readyz` says.
    pub async fn readiness(&self) -> Option<Value> {
        let answer = self.client.get(format!("http://{}/readyz", self.ops)).send().await.ok()?;
        serde_json::from_str(&answer.text().await.ok()?).ok()
    }
    /// One of the checks of `/readyz`.
    pub async fn check(&self, name: &str) -> (bool, String) {
        let readiness = until("the gate says how it is", async || self.readiness().await).await;
        let check = readiness["checks"].as_array().expect("checks").iter().find(|check| check["name"] == name).expect("the check").clone();
        (check["ready"].as_bool().expect("a word"), check["detail"].as_str().expect("words").to_owned())
    }
    /// A metric without labels, or with these.
    pub async fn metric(&self, name: &str) -> f64 {
        let text = self.client.get(format!("http://{}/metrics", self.ops)).send().await.expect("metrics").text().await.expect("text");
        let line = text.lines().find(|line| line.split(' ').next() == Some(name));
        line.and_then(|line| line.split(' ').nth(1)).and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no `{name}` in {text}"))
    }
    /// What it says to a proxy about a call with this token.
    pub async fn ask(&self, text: &str) -> Said {
        self.try_ask(text).await.unwrap_or_else(|| panic!("the gate does not answer:\n{}", self.said()))
    }
    /// The same; `None` where no answer comes.
    pub async fn try_ask(&self, text: &str) -> Option<Said> {
        let request = self.client.get(format!("http://{}/gate/check", self.address)).bearer_auth(text);
        let answer = request.header("x-original-method", "GET").header("x-original-uri", "/v1/orders/7").send().await.ok()?;
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
        let (stale, retry_after) = (header("jeton-stale").and_then(|value| value.parse().ok()), header("retry-after").is_some());
        let left = header("ratelimit").and_then(|limits| limits.split(";r=").nth(1)?.split(';').next()?.parse().ok());
        Some(Said { status: answer.status().as_u16(), stale, retry_after, left, body: answer.text().await.ok()? })
    }
    /// Waits until it answers with this status.
    pub async fn comes_to(&self, text: &str, status: u16) {
        until(&format!("the gate answers {status}"), async || (self.ask(text).await.status == status).then_some(())).await;
    }
    /// What it logged.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        signal(name, self.child.id());
    }
    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("the gate runs");
        self.child.wait().expect("the gate ends");
    }
    /// Asks it to end, and waits.
    pub async fn stop(mut self) {
        self.signal("-TERM");
        let status = until("the gate ends", async || self.child.try_wait().expect("a child")).await;
        assert!(status.success(), "ended with {status}:\n{}", self.said());
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let said = self.said();
            let tail = said.char_indices().rev().nth(4_000).map_or(0, |(at, _)| at);
            eprintln!("the gate at {} said:\n{}", self.address, &said[tail..]);
        }
    }
}
