//! The built-in proxy in front of a small upstream: with checking on, against the same proxy with checking off, and against its engine
//! alone; and what the other rows of the proxy share.

pub mod jwt;
pub mod latency;
pub mod nginx;

use crate::{
    installation::{Database, ISSUER, Installation, Node},
    load,
    pairs::{self, Side},
    process::{self, Server},
    report::Line,
    rows::many,
};
use anyhow::Result;
use std::rc::Rc;

/// The host whose calls the proxy passes on.
const HOST: &str = "proxied.example.test";
/// The host whose calls it passes on without checking anything.
const OPEN_HOST: &str = "everyone.example.test";
/// How many different tokens are sent.
const TOKENS: usize = many(5_000, 500);

/// Requests, sent in turn.
type Requests = Rc<Vec<Vec<u8>>>;

/// Jeton in front of a small upstream. Upstream and load share the second core; what is measured has the first to itself.
struct Rig {
    upstream: Server,
    installation: Installation,
    node: Node,
}

impl Rig {
    /// With more of a configuration behind the usual.
    async fn start(more: &str) -> Result<Self> {
        let address = process::free_address()?;
        let mut command = process::on_cores("1", &std::env::current_exe()?);
        command.args(["--bare", "upstream", &address.to_string()]);
        let upstream = Server::start(command, address)?;
        let installation = Installation::prepare_for(ISSUER, &Database::Sqlite, Some(address), more)?;
        let node = installation.start("0")?;
        installation.declare_api(&node).await?;
        Ok(Self { upstream, installation, node })
    }
    /// The engine of the proxy alone, in a server that does nothing besides.
    fn engine(&self) -> Result<Server> {
        let address = process::free_address()?;
        let mut command = process::pinned(&std::env::current_exe()?);
        command.args(["--bare", "proxy", &address.to_string()]).env("JETON_BENCH_UPSTREAM", self.upstream.address.to_string());
        Server::start(command, address)
    }
    /// Calls with tokens of this format, each of which Jeton has seen once.
    async fn seen(&self, format: &str) -> Result<Requests> {
        let issued = self.installation.issue(&self.node, format, TOKENS).await?;
        let requests: Requests = Rc::new(issued.iter().map(|(text, _)| call(text)).collect());
        load::run_once(self.node.server.address, 32, requests.clone(), 200).await?;
        Ok(requests)
    }
}

/// Measures the row.
pub async fn measure() -> Result<Vec<Line>> {
    let rig = Rig::start("").await?;
    let (server, engine) = (&rig.node.server, rig.engine()?);
    let mut lines = Vec::new();
    for (format, what) in [("opaque", "proxy: checking on"), ("jwt", "proxy: checking on, JWT seen before")] {
        let requests = rig.seen(format).await?;
        let unchecked = Rc::new(requests.iter().map(|request| unchecked(request)).collect::<Result<Vec<_>>>()?);
        let own = || Side::new(server, requests.clone());
        lines.extend(pairs::compare(&format!("{what} / off"), own(), Side::new(server, unchecked), 0.90).await?);
        lines.extend(pairs::compare(&format!("{what} / engine alone"), own(), Side::new(&engine, requests.clone()), None).await?);
    }
    Ok(lines)
}

/// The same call, byte for byte as long, for a route that is open to all: with nothing in it that is a credential.
fn unchecked(request: &[u8]) -> Result<Vec<u8>> {
    let text = std::str::from_utf8(request)?.replace(HOST, OPEN_HOST);
    Ok(text.replace("authorization: Bearer", "x-something-: Bearer").into_bytes())
}

/// A call to the API behind the proxy.
fn call(token: &str) -> Vec<u8> {
    format!("GET /orders/7 HTTP/1.1\r\nhost: {HOST}\r\nauthorization: Bearer {token}\r\n\r\n").into_bytes()
}
