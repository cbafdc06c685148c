//! A mail server on loopback that keeps what it is given.

use crate::world::PATIENCE;
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

/// What came so far.
#[derive(Clone)]
pub(crate) struct Mailbox {
    pub(crate) url: String,
    letters: Arc<Mutex<Vec<Letter>>>,
    came: Arc<Notify>,
}

/// A letter.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) to: String,
    pub(crate) text: String,
}

impl Letter {
    /// The link in it, without what stands before its path.
    pub(crate) fn link(&self) -> &str {
        let at = self.text.find("http://127.0.0.1:8700/").expect("a link") + "http://127.0.0.1:8700".len();
        self.text[at..].split_whitespace().next().expect("its end")
    }
}

impl Mailbox {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("smtp://{}", listener.local_addr().expect("its address"));
        let own = Self { url, letters: Arc::default(), came: Arc::default() };
        let kept = own.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(kept.clone().take(stream));
            }
        });
        own
    }
    async fn take(self, stream: TcpStream) -> Option<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 sink\r\n").await.ok()?;
        let mut to = String::new();
        while let Some(line) = lines.next_line().await.ok()? {
            let answer = match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
                "RCPT" => {
                    line.split('<').nth(1)?.split('>').next()?.clone_into(&mut to);
                    "250 ok"
                }
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await.ok()?;
                    let mut text = String::new();
                    while let Some(line) = lines.next_line().await.ok()?.filter(|line| line != ".") {
                        text.push_str(&line);
                        text.push('\n');
                    }
                    // Long lines are broken for the way (RFC 2045, section 6.7).
                    let text = text.replace("=\n", "").replace("=3D", "=");
                    self.letters.lock().push(Letter { to: to.clone(), text });
                    self.came.notify_waiters();
                    "250 kept"
                }
                "QUIT" => "221 bye",
                _ => "250 ok",
            };
            write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
        }
        Some(())
    }
    /// The letter number `count`, once it has come.
    pub(crate) async fn letter(&self, count: usize) -> Letter {
        let waiting = async {
            loop {
                let came = self.came.notified();
                if let Some(letter) = self.letters.lock().get(count - 1).cloned() {
                    return letter;
                }
                came.await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("a letter")
    }
    pub(crate) fn count(&self) -> usize {
        self.letters.lock().len()
    }
}
