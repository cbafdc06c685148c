//! Callers that never stop, and what they see while a program is replaced under them.

use super::installation::PATIENCE;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What callers have seen.
#[derive(Default)]
pub struct Seen {
    /// Calls that were answered 200.
    pub answered: AtomicUsize,
    /// Calls that came to anything else.
    pub dropped: AtomicUsize,
    /// Whether they may stop.
    pub enough: AtomicBool,
}

/// Reads one answer with its body; `None` where the connection ended before.
pub async fn answer(io: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_ascii_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            if length.is_some_and(|length| body.len() >= length) {
                return Some(text);
            }
        }
        if tokio::time::timeout(PATIENCE, io.read_buf(&mut bytes)).await.ok()?.ok()? == 0 {
            return None;
        }
    }
}

/// Calls again and again, on one connection for as long as the other side keeps it, or on a new one each time. The request comes
/// without its last line.
pub async fn keep_calling(address: SocketAddr, request: String, keeps: bool, seen: Arc<Seen>) {
    let mut kept = None;
    while !seen.enough.load(Ordering::SeqCst) {
        let mut io: TcpStream = match kept.take() {
            Some(io) => io,
            None => TcpStream::connect(address).await.expect("somebody always listens"),
        };
        let close = if keeps { "" } else { "Connection: close\r\n" };
        let text = if io.write_all(format!("{request}{close}\r\n").as_bytes()).await.is_ok() { answer(&mut io).await } else { None };
        match text {
            Some(text) if text.starts_with("HTTP/1.1 200") => {
                seen.answered.fetch_add(1, Ordering::SeqCst);
                let is_last = text.to_ascii_lowercase().contains("\r\nconnection: close\r\n");
                kept = (keeps && !is_last).then_some(io);
            }
            _ => drop(seen.dropped.fetch_add(1, Ordering::SeqCst)),
        }
    }
}
