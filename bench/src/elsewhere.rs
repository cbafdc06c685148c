//! Gates elsewhere: `jeton gate` as a process of its own, following a node over loopback.

use crate::{
    installation::{AUDIENCE, ISSUER, Installation, Node},
    load::{self, Connection},
    process::{self, Server},
};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::time::{Duration, Instant};

/// A gate that runs.
pub struct Elsewhere {
    /// The process.
    pub node: Node,
    _folder: tempfile::TempDir,
}

/// The token that lets gates follow this installation.
pub async fn credential(installation: &Installation, authority: &Node) -> Result<String> {
    let order = json!({"kind": "svc", "name": "gate", "audience": [ISSUER, AUDIENCE], "scopes": ["gate:follow"]});
    let answer = installation.ask(authority, "POST", "/v1/tokens", &order).await?.json()?;
    Ok(answer["token"].as_str().context("an issued token has a `token`")?.to_owned())
}

impl Elsewhere {
    /// Starts one on these cores, with room for so many tokens.
    pub fn start(authority: &Node, credential: &str, capacity: usize, cores: &str) -> Result<Self> {
        let (folder, address, ops) = (tempfile::tempdir()?, process::free_address()?, process::free_address()?);
        let text = format!(
            "trusted_proxies = [\"127.0.0.0/8\"]\n\n[log]\nlevel = \"warn\"\n\n[authority]\nurl = \"http://{}\"\n\n[gate]\ncapacity = {capacity}\n\n\
             [[gate.route]]\npath = \"/v1/orders/**\"\naudience = \"{AUDIENCE}\"\nscopes = [\"orders:read\"]\nhost = \"api.example.test\"\n",
            authority.server.address
        );
        std::fs::write(folder.path().join("jeton.toml"), text)?;
        let mut command = process::on_cores(cores, &process::jeton()?);
        command.args(["gate", "--config", "jeton.toml"]).current_dir(folder.path()).env("JETON_TOKEN", credential);
        command.env("JETON_LISTEN", address.to_string()).env("JETON_OPS_LISTEN", ops.to_string());
        Ok(Self { node: Node { server: Server::start(command, address)?, ops }, _folder: folder })
    }

    /// Waits until its memory is filled from the snapshot.
    pub async fn filled(&self, patience: Duration) -> Result<()> {
        let until = Instant::now() + patience;
        loop {
            let answer = Connection::open(self.node.ops).await?.send(&load::request("GET", "/readyz", None, "")).await?;
            let said = String::from_utf8_lossy(&answer.body);
            if answer.status == 200 && said.contains("tokens are known") {
                return Ok(());
            }
            if Instant::now() > until {
                bail!("a gate is not filled after {patience:?}: {said}");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
