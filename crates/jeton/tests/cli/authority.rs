//! A real authority for the tests: `jeton init` and `jeton serve` in a folder of their own, ended when dropped.

use super::jeton::{Jeton, jeton};
use serde_json::Value;
use std::{
    fs::File,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

const DEADLINE: Duration = Duration::from_secs(60);

/// An authority that does not run at present.
pub(super) struct Stopped {
    pub(super) folder: TempDir,
    pub(super) url: String,
    pub(super) owner_token: String,
}

/// A running authority and its folder.
pub(super) struct Served {
    folder: Option<TempDir>,
    pub(super) url: String,
    pub(super) owner_token: String,
    child: Child,
}

/// A folder with a configuration for two free ports; nothing else.
pub(super) fn configured() -> (TempDir, u16) {
    let folder = tempfile::tempdir().expect("a folder");
    let held: Vec<_> = (0..2).map(|_| TcpListener::bind("127.0.0.1:0").expect("a port")).collect();
    let ports: Vec<_> = held.iter().map(|listener| listener.local_addr().expect("its address").port()).collect();
    let text =
        format!("issuer = \"http://127.0.0.1:{0}\"\nlisten = \"127.0.0.1:{0}\"\nops_listen = \"127.0.0.1:{1}\"\n", ports[0], ports[1]);
    std::fs::write(folder.path().join("jeton.toml"), text).expect("a configuration");
    (folder, ports[0])
}

/// Starts one.
pub(super) fn served() -> Served {
    let (folder, port) = configured();
    let made = jeton(&["init", "--json"]).within(folder.path()).run().ended(0).document();
    let owner_token = made["owner_token"].as_str().expect("the owner's token").to_owned();
    Stopped { url: format!("http://127.0.0.1:{port}"), folder, owner_token }.started()
}

impl Stopped {
    /// Starts it again.
    pub(super) fn started(self) -> Served {
        let Self { folder, url, owner_token } = self;
        let log = File::options().create(true).append(true).open(folder.path().join("log")).expect("a log file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_jeton"));
        command.arg("serve").current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let child = command.spawn().expect("the authority starts");
        let mut served = Served { folder: Some(folder), url, owner_token, child };
        served.wait();
        served
    }
}

impl Served {
    /// The binary, told where the authority is and with the owner's token.
    pub(super) fn jeton(&self, arguments: &[&str]) -> Jeton {
        jeton(arguments).env("JETON_URL", &self.url).env("JETON_TOKEN", &self.owner_token).within(self.path())
    }
    /// Runs with `--json`, expects success and gives the document.
    #[track_caller]
    pub(super) fn json(&self, arguments: &[&str]) -> Value {
        self.jeton(&[arguments, &["--json"]].concat()).run().ended(0).document()
    }
    /// Declares an API for tokens to be for.
    pub(super) fn with_api(self) -> Self {
        let add =
            ["api", "add", "--audience", AUDIENCE, "--name", "Orders", "--scope", "orders:read=Read orders", "--scope", "orders:write"];
        self.json(&[&add[..], &["--route", "GET /v1/orders/**=orders:read", "--route", "POST /v1/orders=orders:write"]].concat());
        self
    }
    /// Issues a token that may read orders.
    pub(super) fn issue(&self, more: &[&str]) -> Value {
        self.json(&[&["token", "issue", "--name", "try", "--audience", AUDIENCE, "--scope", "orders:read"], more].concat())
    }
    /// Asks for a path with a token of somebody else's.
    pub(super) fn asks(&self, token: &str, path: &str) {
        let host = self.url.trim_start_matches("http://");
        let mut stream = std::net::TcpStream::connect(host).expect("a connection");
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    /// Ends it, and keeps its folder.
    pub(super) fn stopped(mut self) -> Stopped {
        self.end();
        Stopped { folder: self.folder.take().expect("its folder"), url: self.url.clone(), owner_token: self.owner_token.clone() }
    }
    pub(super) fn path(&self) -> &Path {
        self.folder.as_ref().expect("its folder").path()
    }
    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.path().join("log")).expect("the log")
    }
    fn wait(&mut self) {
        let begun = Instant::now();
        loop {
            if self.jeton(&["token", "list", "--json"]).run().code == 0 {
                return;
            }
            let ended = self.child.try_wait().expect("its state");
            assert!(ended.is_none() && begun.elapsed() < DEADLINE, "the authority does not answer: {}", self.log());
            std::thread::yield_now();
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.end();
    }
}

/// The API that the tests' tokens are for.
pub(super) const AUDIENCE: &str = "https://api.example.com";
