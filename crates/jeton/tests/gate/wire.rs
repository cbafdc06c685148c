//! A wire between a gate and its authority that can be cut, stalled and slowed: a TCP proxy in this process.

use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// How the wire is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As a wire should be.
    Whole,
    /// Connections are closed, and new ones as well.
    Cut,
    /// Connections stay, and nothing moves on them.
    Stalled,
    /// Everything is under way for so long.
    Slow(Duration),
}

/// The wire.
pub struct Wire {
    /// Where the gate connects to.
    pub address: SocketAddr,
    mode: Arc<watch::Sender<Mode>>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Wire {
    /// A wire to this address.
    pub async fn to(authority: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mode = Arc::new(watch::Sender::new(Mode::Whole));
        let modes = Arc::clone(&mode);
        let accepting = tokio::spawn(async move {
            while let Ok((ours, _)) = listener.accept().await {
                tokio::spawn(join(ours, authority, modes.subscribe()));
            }
        });
        Self { address, mode, accepting }
    }
    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
    /// Makes it so from now on.
    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn join(ours: TcpStream, authority: SocketAddr, mode: watch::Receiver<Mode>) {
    let mut cut = mode.clone();
    let both = async {
        // A stalled wire does not even connect.
        let mut mode = mode;
        if mode.wait_for(|mode| *mode != Mode::Stalled).await.is_err() {
            return;
        }
        let Ok(theirs) = TcpStream::connect(authority).await else { return };
        let (from_us, to_us) = ours.into_split();
        let (from_them, to_them) = theirs.into_split();
        tokio::join!(carry(from_us, to_them, mode.clone()), carry(from_them, to_us, mode));
    };
    tokio::select! {
        () = both => {}
        _ = cut.wait_for(|mode| *mode == Mode::Cut) => {}
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut mode: watch::Receiver<Mode>) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        let now = *mode.borrow();
        if let Mode::Slow(by) = now {
            tokio::time::sleep(by).await;
        }
        if mode.wait_for(|mode| *mode != Mode::Stalled).await.is_err() || to.write_all(&bytes[..read]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}
