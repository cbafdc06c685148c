//! A real proxy as a process, and calls through it as they stand on the wire.

use super::setting::PATIENCE;
use std::{
    fs::File,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

const HOST: &str = "orders.example.com";

/// A proxy, ended with this value.
pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    runs: Runs,
}

/// What a proxy runs as.
enum Runs {
    /// A real one, writing to `log` in its folder.
    Process(Child, tempfile::TempDir),
    /// One that the tests are themselves.
    Here(tokio::task::JoinHandle<()>),
}

/// What came back through a proxy.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str()).collect()
    }
}

impl Proxy {
    /// Starts a program that stays in the foreground and waits until it listens.
    pub(super) async fn start(program: &str, package: &str, arguments: &[String], port: u16, folder: tempfile::TempDir) -> Self {
        assert!(Path::new(program).exists(), "`{program}` is missing: install {package}");
        let log = File::create(folder.path().join("log")).expect("log");
        let child = Command::new(program)
            .args(arguments)
            .env("HOME", folder.path())
            .env("XDG_DATA_HOME", folder.path())
            .env("XDG_CONFIG_HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("log"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|fault| panic!("`{program}` does not start: {fault}"));
        let mut proxy = Self { address: SocketAddr::from(([127, 0, 0, 1], port)), runs: Runs::Process(child, folder) };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(proxy.address).await.is_err() {
            let ended = proxy.ended();
            assert!(ended.is_none() && Instant::now() < deadline, "`{program}` does not listen ({ended:?}): {}", proxy.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        proxy
    }
    /// One that runs in this process already.
    pub(super) const fn here(address: SocketAddr, task: tokio::task::JoinHandle<()>) -> Self {
        Self { address, runs: Runs::Here(task) }
    }
    fn ended(&mut self) -> Option<ExitStatus> {
        match &mut self.runs {
            Runs::Process(child, _) => child.try_wait().expect("state"),
            Runs::Here(_) => None,
        }
    }
    fn log(&self) -> String {
        match &self.runs {
            Runs::Process(_, folder) => std::fs::read_to_string(folder.path().join("log")).unwrap_or_default(),
            Runs::Here(_) => String::new(),
        }
    }
    /// Sends `METHOD /path` with a token (none when empty) and more header lines, which may bring a body behind an empty line.
    pub(super) async fn call(&self, call: &str, token: &str, rest: &str) -> Answer {
        self.call_from([127, 0, 0, 1], call, token, rest).await
    }
    /// The same from this address of this machine.
    pub(super) async fn call_from(&self, from: [u8; 4], call: &str, token: &str, rest: &str) -> Answer {
        let authorization = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
        let end = if rest.contains("\r\n\r\n") { "" } else { "\r\n" };
        let request = format!("{call} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n{authorization}{rest}{end}");
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from((from, 0))).expect("an address of this machine");
        let mut io = socket.connect(self.address).await.expect("connect");
        // Whoever refuses may answer and close before all is written, which resets the connection behind the answer.
        let _ = io.write_all(request.as_bytes()).await;
        let mut bytes = Vec::new();
        let _ = tokio::time::timeout(PATIENCE, io.read_to_end(&mut bytes)).await.expect("an answer in time");
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?} {}", self.log()));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok()).expect("status");
        let headers =
            lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Answer { status, headers, body: body.to_owned() }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        match &mut self.runs {
            Runs::Process(child, _) => {
                let _ = child.kill();
                let _ = child.wait();
            }
            Runs::Here(task) => task.abort(),
        }
    }
}
