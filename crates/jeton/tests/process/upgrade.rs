//! Another program takes over on the same socket while everybody keeps calling: no call is dropped, and what is under way is finished.

use super::{
    calling::{Seen, answer, keep_calling},
    installation::{Installation, signal, until},
};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// An API that answers when it is told to.
async fn slow() -> (SocketAddr, tokio::sync::watch::Sender<bool>, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("an address");
    let (go, gone) = tokio::sync::watch::channel(false);
    let arrived = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&arrived);
    tokio::spawn(async move {
        while let Ok((mut io, _)) = listener.accept().await {
            let (mut gone, counted) = (gone.clone(), Arc::clone(&counted));
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") && io.read_buf(&mut head).await.is_ok_and(|count| count > 0) {}
                counted.fetch_add(1, Ordering::SeqCst);
                let _ = gone.wait_for(|go| *go).await;
                let _ = io.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndone").await;
            });
        }
    });
    (address, go, arrived)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_notices_that_another_program_took_over() {
    let (api, go, arrived) = slow().await;
    let route =
        format!("[[gate.route]]\npath = \"/slow\"\naudience = \"https://a.example\"\naccess = \"public\"\nupstream = \"http://{api}\"\n");
    let installation = Installation::on_sqlite(&route);
    let node = installation.start().await;
    let seen = Arc::new(Seen::default());
    let request = "GET /oauth/jwks HTTP/1.1\r\nHost: 127.0.0.1:8700\r\n";
    let callers: Vec<_> =
        (0..8).map(|number| tokio::spawn(keep_calling(node.address, request.to_owned(), number % 2 == 0, Arc::clone(&seen)))).collect();
    let mut under_way = TcpStream::connect(node.address).await.expect("connect");
    under_way.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("write");
    until("a slow call is under way", async || (arrived.load(Ordering::SeqCst) == 1).then_some(())).await;
    until("callers are answered", async || (seen.answered.load(Ordering::SeqCst) > 50).then_some(())).await;

    signal("-USR2", node.pid());
    tokio::time::sleep(Duration::from_millis(100)).await;
    go.send(true).expect("the API is there");
    let finished = answer(&mut under_way).await.expect("the call is finished");
    assert!(finished.starts_with("HTTP/1.1 200") && finished.ends_with("done"), "{finished}");
    until("the next program is ready", async || (node.said().matches("the authority is ready").count() == 2).then_some(())).await;
    let so_far = seen.answered.load(Ordering::SeqCst);
    until("it answers", async || (seen.answered.load(Ordering::SeqCst) > so_far + 50).then_some(())).await;
    seen.enough.store(true, Ordering::SeqCst);
    for caller in callers {
        caller.await.expect("a caller");
    }
    assert_eq!(seen.dropped.load(Ordering::SeqCst), 0, "of {} calls", seen.answered.load(Ordering::SeqCst));
    let (status, said) = node.stop().await;
    assert!(status.success(), "the same process still ends in order: {said}");
}
