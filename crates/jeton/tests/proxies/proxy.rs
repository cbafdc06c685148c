//! A real proxy as a process, and calls through it as they stand on the wire.

use super::setting::PATIENCE;
use std::{
    fs::File,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

const HOST: &str = "orders.example.com";

/// A real proxy, ended with this value.
pub(super) struct Proxy {
    child: Child,
    address: SocketAddr,
    folder: tempfile::TempDir,
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
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

impl Proxy {
    /// Starts a program that stays in the foreground and waits until it listens.
    pub(super) async fn start(program: &str, package: &str, arguments: &[String], port: u16, folder: tempfile::TempDir) -> Self {
        assert!(Path::new(program).exists(), "`{program}` is missing: install the Debian package `{package}`");
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
        let mut proxy = Self { child, address: SocketAddr::from(([127, 0, 0, 1], port)), folder };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(proxy.address).await.is_err() {
            let ended = proxy.child.try_wait().expect("state");
            assert!(ended.is_none() && Instant::now() < deadline, "`{program}` does not listen ({ended:?}): {}", proxy.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        proxy
    }
    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
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
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
