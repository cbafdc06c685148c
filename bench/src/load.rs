//! The load: keep-alive connections that each send the next request when the answer to the one before is there.
//!
//! Raw sockets and the least parsing that is safe, so that one core of load fills one core of server. Every status is
//! checked: a fast refusal never counts as a fast answer.

use anyhow::{Context, Result, bail};
use std::{
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// One keep-alive connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

/// An answer, as setting up needs it.
pub struct Response {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// The head, as it came.
    head: String,
}

impl Response {
    /// The cookies that it sets, as they go back.
    pub fn cookies(&self) -> Vec<String> {
        let lines = self.head.split("\r\n").filter_map(|line| line.split_once(':'));
        let set = lines.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        set.filter_map(|(_, value)| value.trim().split(';').next().map(str::to_owned)).collect()
    }
    /// The body as JSON.
    pub fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("not JSON: {}", String::from_utf8_lossy(&self.body)))
    }
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("no connection to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 256 * 1024], filled: 0 })
    }

    /// Sends one request and reads the whole answer; gives its status and where head and body end in the buffer.
    async fn exchange(&mut self, request: &[u8]) -> Result<(u16, usize, usize)> {
        self.filled = 0;
        self.stream.write_all(request).await?;
        let mut scanned = 0usize;
        let head_end = loop {
            let read = self.stream.read(&mut self.buffer[self.filled..]).await?;
            if read == 0 {
                bail!("the server closed the connection");
            }
            self.filled += read;
            let from = scanned.saturating_sub(3);
            if let Some(at) = self.buffer[from..self.filled].windows(4).position(|four| four == b"\r\n\r\n") {
                break from + at + 4;
            }
            scanned = self.filled;
        };
        let head = &self.buffer[..head_end];
        let status = head.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|digits| digits.parse().ok());
        let length = content_length(head);
        let end = head_end + length.context("an answer without a content-length")?;
        if end > self.buffer.len() {
            self.buffer.resize(end, 0);
        }
        while self.filled < end {
            let read = self.stream.read(&mut self.buffer[self.filled..]).await?;
            if read == 0 {
                bail!("the server closed the connection in the middle of an answer");
            }
            self.filled += read;
        }
        Ok((status.context("an answer without a status")?, head_end, end))
    }

    /// Sends one request and gives the whole answer.
    pub async fn send(&mut self, request: &[u8]) -> Result<Response> {
        let (status, head_end, end) = self.exchange(request).await?;
        let head = String::from_utf8_lossy(&self.buffer[..head_end]).into_owned();
        Ok(Response { status, body: self.buffer[head_end..end].to_vec(), head })
    }

    /// Sends one request and gives only the status.
    pub async fn status(&mut self, request: &[u8]) -> Result<u16> {
        Ok(self.exchange(request).await?.0)
    }

    /// What the last answer said, for an error message.
    fn last(&self) -> String {
        String::from_utf8_lossy(&self.buffer[..self.filled.min(2000)]).into_owned()
    }
}

/// The value of `content-length`; 204 and 304 have none and no body.
pub fn content_length(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"\r\ncontent-length:";
    let at = head.windows(NAME.len()).position(|window| window.eq_ignore_ascii_case(NAME));
    let Some(at) = at else {
        return (head.get(9..12) == Some(b"204")).then_some(0);
    };
    let value = head.get(at + NAME.len()..)?;
    let digits = value.iter().skip_while(|byte| **byte == b' ').take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0')))
}

/// A request with a body (empty for none) as bytes.
pub fn request(method: &str, target: &str, token: Option<&str>, body: &str) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\nhost: 127.0.0.1\r\n");
    if let Some(token) = token {
        text.push_str(&format!("authorization: Bearer {token}\r\n"));
    }
    if !body.is_empty() {
        text.push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

/// What a stretch of load came to.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Answers.
    pub done: u64,
    /// In this time.
    pub seconds: f64,
}

impl Measured {
    /// Answers per second.
    pub fn rate(&self) -> f64 {
        self.done as f64 / self.seconds
    }
}

/// Sends `requests` in turn over `connections` until the time is over. Each answer must have the status `expected`.
pub async fn run(address: SocketAddr, connections: usize, time: Duration, requests: Rc<Vec<Vec<u8>>>, expected: u16) -> Result<Measured> {
    let until = Instant::now() + time;
    let begun = Instant::now();
    let mut lanes = Vec::new();
    for lane in 0..connections {
        lanes.push(tokio::task::spawn_local(drive(address, lane * requests.len() / connections, until, requests.clone(), expected)));
    }
    let mut done = 0;
    for lane in lanes {
        done += lane.await??;
    }
    Ok(Measured { done, seconds: begun.elapsed().as_secs_f64() })
}

/// Sends each of `requests` exactly once over `connections`.
pub async fn run_once(address: SocketAddr, connections: usize, requests: Rc<Vec<Vec<u8>>>, expected: u16) -> Result<Measured> {
    let begun = Instant::now();
    let next = Rc::new(std::cell::Cell::new(0usize));
    let mut lanes = Vec::new();
    for _ in 0..connections {
        let (requests, next) = (requests.clone(), next.clone());
        lanes.push(tokio::task::spawn_local(async move {
            let mut connection = Connection::open(address).await?;
            loop {
                let at = next.replace(next.get() + 1);
                let Some(request) = requests.get(at) else { return Ok::<_, anyhow::Error>(()) };
                let status = connection.status(request).await?;
                if status != expected {
                    bail!("expected {expected}, got: {}", connection.last());
                }
            }
        }));
    }
    for lane in lanes {
        lane.await??;
    }
    Ok(Measured { done: requests.len() as u64, seconds: begun.elapsed().as_secs_f64() })
}

async fn drive(address: SocketAddr, first: usize, until: Instant, requests: Rc<Vec<Vec<u8>>>, expected: u16) -> Result<u64> {
    let mut connection = Connection::open(address).await?;
    let (mut done, mut at) = (0, first);
    while Instant::now() < until {
        let request = requests.get(at % requests.len()).context("no requests")?;
        let status = connection.status(request).await?;
        if status != expected {
            bail!("expected {expected}, got: {}", connection.last());
        }
        done += 1;
        at += 1;
    }
    Ok(done)
}
