//! An installation of Jeton for one row: a folder, a configuration, an owner, a running `jeton serve`, and tokens to send.

use crate::{
    load::{self, Connection, Response},
    process::{self, Server},
};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    rc::Rc,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The API that all tokens of the benches are for.
pub const AUDIENCE: &str = "https://api.example.test";

/// What the benches' installations are called by.
pub const ISSUER: &str = "https://jeton.example.test";

/// Where the data is.
#[derive(Clone)]
pub enum Database {
    /// A file in the installation's folder.
    Sqlite,
    /// A database of a PostgreSQL server.
    Postgres(String),
}

/// An installation, initialised, not necessarily running.
pub struct Installation {
    folder: TempDir,
    /// The token that may do everything.
    pub owner: String,
}

/// One running node of an installation.
pub struct Node {
    /// The process.
    pub server: Server,
    /// Where health and metrics are.
    pub ops: SocketAddr,
}

impl Installation {
    /// Makes one, with a route for `upstream` where one is given.
    pub fn prepare(database: &Database, upstream: Option<SocketAddr>) -> Result<Self> {
        Self::prepare_for(ISSUER, database, upstream, "")
    }

    /// The same for this issuer, with more of a configuration behind the usual.
    pub fn prepare_for(issuer: &str, database: &Database, upstream: Option<SocketAddr>, more: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let url = match database {
            Database::Sqlite => "sqlite://jeton-data/jeton.db".to_owned(),
            Database::Postgres(url) => url.clone(),
        };
        let mut text = format!(
            "issuer = \"{issuer}\"\ntrusted_proxies = [\"127.0.0.0/8\"]\n\n[database]\nurl = \"{url}\"\n\n[log]\nlevel = \"warn\"\n\n\
             [gate]\ncapacity = 2000000\n\n[[gate.route]]\npath = \"/v1/orders/**\"\naudience = \"{AUDIENCE}\"\nscopes = [\"orders:read\"]\nhost = \"api.example.test\"\n"
        );
        if let Some(upstream) = upstream {
            text.push_str(&format!(
                "\n[[gate.route]]\nhost = \"proxied.example.test\"\npath = \"/orders/**\"\naudience = \"{AUDIENCE}\"\nscopes = [\"orders:read\"]\nupstream = \"http://{upstream}\"\n\
                 \n[[gate.route]]\nhost = \"everyone.example.test\"\npath = \"/orders/**\"\naudience = \"{AUDIENCE}\"\naccess = \"public\"\nupstream = \"http://{upstream}\"\n"
            ));
        }
        text.push_str(more);
        std::fs::write(folder.path().join("jeton.toml"), text)?;
        let output = Command::new(process::jeton()?)
            .args(["init", "--json"])
            .current_dir(folder.path())
            .stderr(Stdio::inherit())
            .output()
            .context("`jeton init` does not start")?;
        if !output.status.success() {
            bail!("`jeton init` failed: {}", output.status);
        }
        let answer: Value = serde_json::from_slice(&output.stdout).context("`jeton init --json` prints JSON")?;
        let owner = answer["owner_token"].as_str().context("`jeton init --json` gives `owner_token`")?.to_owned();
        Ok(Self { folder, owner })
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts a node on the given cores.
    pub fn start(&self, cores: &str) -> Result<Node> {
        self.start_at(cores, process::free_address()?)
    }

    /// The same at this address.
    pub fn start_at(&self, cores: &str, address: SocketAddr) -> Result<Node> {
        let ops = process::free_address()?;
        let mut command = process::on_cores(cores, &process::jeton()?);
        command.args(["serve", "--config", "jeton.toml"]).current_dir(self.path());
        command.env("JETON_LISTEN", address.to_string()).env("JETON_OPS_LISTEN", ops.to_string());
        Ok(Node { server: Server::start(command, address)?, ops })
    }

    /// A request to the management interface that must succeed.
    pub async fn ask(&self, node: &Node, method: &str, target: &str, body: &Value) -> Result<Response> {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let bytes = load::request(method, target, Some(&self.owner), &text);
        let response = Connection::open(node.server.address).await?.send(&bytes).await?;
        if !(200..300).contains(&response.status) {
            bail!("{method} {target} gave {}: {}", response.status, String::from_utf8_lossy(&response.body));
        }
        Ok(response)
    }

    /// The newest place in the change log.
    pub async fn head(&self, node: &Node) -> Result<f64> {
        let answer = self.ask(node, "GET", "/v1/changes?limit=1", &json!(null)).await?.json()?;
        answer["head"].as_f64().context("the changes have a head")
    }

    /// Declares the API that the tokens are for.
    pub async fn declare_api(&self, node: &Node) -> Result<()> {
        let api = json!({
            "audience": AUDIENCE,
            "name": "Orders",
            "scopes": [{"scope": "orders:read", "description": "Read orders"}, {"scope": "orders:write", "description": "Change orders"}],
        });
        self.ask(node, "POST", "/v1/apis", &api).await.map(drop)
    }

    /// The request that issues one token.
    pub fn issue_request(&self, format: &str) -> Vec<u8> {
        let mut body = json!({"kind": "key", "name": "bench", "audience": [AUDIENCE], "scopes": ["orders:read"]});
        if format == "jwt" {
            body = json!({"kind": "svc", "format": "jwt", "name": "bench", "audience": [AUDIENCE], "scopes": ["orders:read"], "expires_in": 3600});
        }
        load::request("POST", "/v1/tokens", Some(&self.owner), &body.to_string())
    }

    /// Issues tokens over HTTP and gives their texts and ids.
    pub async fn issue(&self, node: &Node, format: &str, count: usize) -> Result<Vec<(String, String)>> {
        self.issue_as(node, self.issue_request(format), count).await
    }

    /// Issues as many tokens as this request says when it is sent so often.
    pub async fn issue_as(&self, node: &Node, request: Vec<u8>, count: usize) -> Result<Vec<(String, String)>> {
        let request = Rc::new(request);
        let address = node.server.address;
        let mut lanes = Vec::new();
        for lane in 0..64.min(count) {
            let request = request.clone();
            let share = count / 64.min(count) + usize::from(lane < count % 64.min(count));
            lanes.push(tokio::task::spawn_local(async move {
                let mut connection = Connection::open(address).await?;
                let mut issued = Vec::with_capacity(share);
                for _ in 0..share {
                    let response = connection.send(&request).await?;
                    if response.status != 201 {
                        bail!("issuing gave {}: {}", response.status, String::from_utf8_lossy(&response.body));
                    }
                    let answer = response.json()?;
                    let text = answer["token"].as_str().context("an issued token has a `token`")?.to_owned();
                    let id = answer["id"].as_str().context("an issued token has an `id`")?.to_owned();
                    issued.push((text, id));
                }
                Ok::<_, anyhow::Error>(issued)
            }));
        }
        let mut all = Vec::with_capacity(count);
        for lane in lanes {
            all.extend(lane.await??);
        }
        Ok(all)
    }
}

impl Node {
    /// The sum of a counter in the metrics, over all its labels; zero while it was never counted.
    pub async fn metric(&self, name: &str) -> Result<f64> {
        let text = Connection::open(self.ops).await?.send(&load::request("GET", "/metrics", None, "")).await?;
        let text = String::from_utf8(text.body)?;
        let lines = text.lines().filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{'])));
        Ok(lines.filter_map(|line| line.rsplit(' ').next()).filter_map(|value| value.parse::<f64>().ok()).sum())
    }
}

/// The question that nginx asks about a call to the API.
pub fn check_request(token: &str) -> Vec<u8> {
    let lines = [
        "GET /gate/check HTTP/1.1",
        "host: 127.0.0.1",
        "x-original-method: GET",
        "x-original-uri: /v1/orders/7",
        "x-original-host: api.example.test",
        "x-forwarded-for: 192.0.2.7",
    ];
    format!("{}\r\nauthorization: Bearer {token}\r\n\r\n", lines.join("\r\n")).into_bytes()
}

/// Asks until the answer is 200 and gives how long that took.
pub async fn until_ok(address: SocketAddr, request: &[u8], patience: Duration) -> Result<Duration> {
    let begun = Instant::now();
    loop {
        if let Ok(mut connection) = Connection::open(address).await
            && connection.status(request).await.is_ok_and(|status| status == 200)
        {
            return Ok(begun.elapsed());
        }
        if begun.elapsed() > patience {
            bail!("no 200 from {address} within {patience:?}");
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
