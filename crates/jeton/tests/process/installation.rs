//! An installation of Jeton in a folder of its own, and the nodes that run on it. Ends what it started.

use super::caller::Caller;
use std::{
    net::{SocketAddr, TcpListener, UdpSocket},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::Mutex,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The API that the tests' tokens are for.
pub const AUDIENCE: &str = "https://api.example.test";
/// How long anything may take on a busy machine before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The program under test.
pub fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_jeton"))
}

/// An address on loopback whose port was free a moment ago and is given to nobody else while this process lives, whichever test asks.
/// None of those that the system gives to connections on their way out: one of these could take it before the program does.
pub fn free_address() -> SocketAddr {
    // Who holds the port at another address, for datagrams, has claimed it: the system sees to it that there is one, and lets go
    // of it when the process ends, however it ends.
    static CLAIMS: Mutex<Vec<UdpSocket>> = Mutex::new(Vec::new());
    loop {
        let port = rand::random_range(20_000..32_000);
        let Ok(claim) = UdpSocket::bind(("127.0.0.2", port)) else { continue };
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            CLAIMS.lock().expect("nobody fails while holding it").push(claim);
            return address;
        }
    }
}

/// Asks `done` until it gives something, or fails after [`PATIENCE`].
pub async fn until<T>(what: &str, mut done: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = done().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A folder with a configuration and an owner.
pub struct Installation {
    folder: TempDir,
    /// The token that may do everything.
    pub owner: String,
    /// The link that makes the owner's account somebody's.
    pub setup_url: String,
}

impl Installation {
    /// Makes one over this database, with more configuration behind the usual.
    pub fn over(database: &str, more: &str) -> Self {
        let issuer = "http://127.0.0.1:8700";
        let text = format!("issuer = \"{issuer}\"\ntrusted_proxies = [\"127.0.0.1/32\"]\n\n[database]\nurl = \"{database}\"\n\n{more}");
        Self::configured(&text)
    }
    /// Makes one with this configuration, whole.
    pub fn configured(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("jeton.toml"), text).expect("a configuration");
        let output = run(folder.path(), &["init", "--json"]);
        assert!(output.status.success(), "`jeton init` failed: {}", String::from_utf8_lossy(&output.stderr));
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("`init --json` prints one JSON document");
        let owner = answer["owner_token"].as_str().expect("`init --json` gives `owner_token`").to_owned();
        let setup_url = answer["setup_url"].as_str().expect("`init --json` gives `setup_url`").to_owned();
        Self { folder, owner, setup_url }
    }
    /// One on SQLite.
    pub fn on_sqlite(more: &str) -> Self {
        Self::over("sqlite://jeton-data/jeton.db", more)
    }
    /// Its folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
    /// Starts a node and waits until it is ready.
    pub async fn start(&self) -> Node {
        let node = Node::launch(self.path(), free_address(), free_address());
        node.ready().await
    }
    /// The same at an address that is known already.
    pub async fn start_at(&self, address: SocketAddr) -> Node {
        Node::launch(self.path(), address, free_address()).ready().await
    }
    /// Runs a command of the program as the owner, against a node.
    pub fn command(&self, node: &Node, arguments: &[&str]) -> Output {
        let mut command = Command::new(program());
        command.args(arguments).current_dir(self.path()).env("JETON_URL", node.url()).env("JETON_TOKEN", &self.owner);
        command.stdin(Stdio::null()).output().expect("the program runs")
    }
    /// The owner as a caller of a node.
    pub fn owner_of(&self, node: &Node) -> Caller {
        Caller::new(&node.url(), &self.owner)
    }
}

/// Runs a command of the program in a folder.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(program()).args(arguments).current_dir(folder).stdin(Stdio::null()).output().expect("the program runs")
}

/// A running `jeton serve`.
pub struct Node {
    child: Child,
    log: PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where health and metrics are.
    pub ops: SocketAddr,
}

impl Node {
    /// Starts the process and does not wait.
    pub fn launch(folder: &Path, address: SocketAddr, ops: SocketAddr) -> Self {
        Self::launch_within(&[], folder, address, ops)
    }
    /// The same within another command, which must become the program.
    pub fn launch_within(outer: &[&str], folder: &Path, address: SocketAddr, ops: SocketAddr) -> Self {
        let log = folder.join(format!("node-{}.log", address.port()));
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&log).expect("a log file");
        let mut command = match outer {
            [] => Command::new(program()),
            [first, more @ ..] => {
                let mut command = Command::new(first);
                command.args(more).arg(program());
                command
            }
        };
        command.args(["serve", "--config", "jeton.toml"]).current_dir(folder);
        command.env("JETON_LISTEN", address.to_string()).env("JETON_OPS_LISTEN", ops.to_string());
        command.stdin(Stdio::null()).stdout(file.try_clone().expect("a log file")).stderr(file);
        Self { child: command.spawn().expect("the program starts"), log, address, ops }
    }
    /// Waits until it says that it is ready.
    pub async fn ready(mut self) -> Self {
        let url = format!("http://{}/readyz", self.ops);
        let client = reqwest::Client::new();
        until("the node is ready", async || {
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("the node ended ({status}) before it was ready:\n{}", self.said());
            }
            client.get(&url).send().await.ok().filter(|answer| answer.status().is_success()).map(drop)
        })
        .await;
        self
    }
    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
    /// What it logged.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("the node runs");
        self.child.wait().expect("the node ends");
    }
    /// Asks it to end and gives how it did.
    pub async fn stop(mut self) -> (ExitStatus, String) {
        signal("-TERM", self.pid());
        let status = until("the node ends", async || self.child.try_wait().expect("a child")).await;
        let said = self.said();
        (status, said)
    }
}

/// Sends a signal to a process that the tests started.
pub fn signal(name: &str, pid: u32) {
    let status = Command::new("kill").args([name, &pid.to_string()]).status().expect("`kill` runs");
    assert!(status.success(), "`kill {name}` failed");
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let said = self.said();
            let tail = said.char_indices().rev().nth(6_000).map_or(0, |(at, _)| at);
            eprintln!("the node at {} said:\n{}", self.address, &said[tail..]);
        }
    }
}
