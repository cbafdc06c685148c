//! What connections are used again, and what becomes of calls when one breaks.

use super::super::{Balance, Speaks, UpstreamSpec, client::connector};
use super::*;
use bytes::Bytes;
use http::Method;
use http_body_util::BodyExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Barrier,
};

/// An upstream that is played by a function for each connection, told the how many-eth it is.
struct Played {
    pool: Arc<Pool>,
    opened: Arc<AtomicUsize>,
}

impl Played {
    async fn by<F>(play: impl Fn(usize, TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let opened = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&opened);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                tokio::spawn(play(count.fetch_add(1, Ordering::Relaxed) + 1, stream));
            }
        });
        let spec = UpstreamSpec {
            urls: vec![url.clone()],
            balance: Balance::RoundRobin,
            retries: 0,
            probe: None,
            ca: None,
            identity: None,
            speaks: Speaks::Negotiated,
            connect: Duration::from_secs(5),
        };
        let pool = Pool::new(connector(&spec, false).expect("a connector"), url.parse().expect("a URI"));
        Self { pool, opened }
    }
    async fn call(&self, method: Method, within: Duration) -> Result<Response<UpstreamBody>, SendFault> {
        let mut call = Request::new(OutgoingBody::none());
        *call.method_mut() = method;
        *call.uri_mut() = Uri::from_static("/a");
        call.headers_mut().insert("host", http::HeaderValue::from_static("a"));
        self.pool.send(&mut call, &mut Patience::new(within, None)).await
    }
    /// Calls and reads the whole answer.
    async fn ask(&self, method: Method) -> Bytes {
        let Ok(answer) = self.call(method, LONG).await else { panic!("no answer") };
        answer.into_body().collect().await.expect("a body").to_bytes()
    }
    fn idle(&self) -> usize {
        self.pool.idle.lock().wires.len()
    }
    /// Until so many connections rest.
    async fn until_idle(&self, count: usize) {
        while self.idle() != count {
            tokio::task::yield_now().await;
        }
    }
    fn opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }
}

/// Reads the head of a call; `false` at the end of the connection.
async fn head(stream: &mut TcpStream) -> bool {
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => seen.push(byte),
            Err(_) => return false,
        }
    }
    true
}

async fn say(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.expect("written");
}

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(60);
const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
const EMPTY: &str = "HTTP/1.1 204 No Content\r\n\r\n";

#[tokio::test]
async fn calls_in_turn_share_a_connection() {
    for answer in [ANSWER, CHUNKED, EMPTY] {
        let upstream = Played::by(move |_, mut stream| async move {
            while head(&mut stream).await {
                say(&mut stream, answer).await;
            }
        })
        .await;
        for _ in 0..5 {
            let body = upstream.ask(Method::POST).await;
            assert_eq!(body, if answer == EMPTY { "" } else { "ok" });
        }
        assert_eq!((upstream.opened(), upstream.idle()), (1, 1), "{answer}");
    }
}

#[tokio::test]
async fn an_answer_that_comes_in_pieces_is_waited_for() {
    let upstream = Played::by(|_, mut stream| async move {
        while head(&mut stream).await {
            for piece in ["HTTP/1.1 200 OK\r\nconte", "nt-length: 6\r\n\r\n", "ab", "cd", "ef"] {
                say(&mut stream, piece).await;
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
    for _ in 0..3 {
        assert_eq!(upstream.ask(Method::GET).await, "abcdef");
    }
    assert_eq!((upstream.opened(), upstream.idle()), (1, 1));
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_is_let_go_and_costs_no_call() {
    let upstream = Played::by(|_, mut stream| async move {
        head(&mut stream).await;
        say(&mut stream, ANSWER).await;
    })
    .await;
    for call in 1..4 {
        assert_eq!(upstream.ask(Method::POST).await, "ok");
        upstream.until_idle(0).await;
        assert_eq!(upstream.opened(), call);
    }
}

#[tokio::test]
async fn a_call_that_was_written_is_not_sent_again() {
    let upstream = Played::by(|number, mut stream| async move {
        assert!(head(&mut stream).await);
        if number == 1 {
            say(&mut stream, ANSWER).await;
            assert!(head(&mut stream).await);
        }
    })
    .await;
    assert_eq!(upstream.ask(Method::POST).await, "ok");
    assert!(matches!(upstream.call(Method::POST, LONG).await, Err(SendFault::Broken(_))));
    assert_eq!((upstream.opened(), upstream.idle()), (1, 0));
}

#[tokio::test]
async fn an_answer_that_is_left_half_read_ends_its_connection() {
    let upstream = Played::by(|_, mut stream| async move {
        assert!(head(&mut stream).await);
        say(&mut stream, "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\nbegin").await;
        assert!(!head(&mut stream).await, "nothing more comes");
    })
    .await;
    for call in 1..4 {
        let Ok(answer) = upstream.call(Method::GET, LONG).await else { panic!("no answer") };
        let mut body = answer.into_body();
        let frame = body.frame().await.expect("a frame").expect("data");
        assert_eq!(frame.into_data().expect("data"), "begin");
        drop(body);
        assert_eq!((upstream.opened(), upstream.idle()), (call, 0));
    }
}

#[tokio::test]
async fn what_follows_an_answer_unasked_is_never_taken_for_the_next() {
    let upstream = Played::by(|_, mut stream| async move {
        assert!(head(&mut stream).await);
        say(&mut stream, &format!("{ANSWER}HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil")).await;
        head(&mut stream).await;
    })
    .await;
    for call in 1..4 {
        assert_eq!(upstream.ask(Method::GET).await, "ok");
        assert_eq!((upstream.opened(), upstream.idle()), (call, 0));
    }
}

#[tokio::test]
async fn an_answer_that_ends_with_its_connection_is_whole() {
    let upstream = Played::by(|_, mut stream| async move {
        assert!(head(&mut stream).await);
        say(&mut stream, "HTTP/1.1 200 OK\r\n\r\nall of it").await;
    })
    .await;
    for call in 1..3 {
        assert_eq!(upstream.ask(Method::GET).await, "all of it");
        assert_eq!((upstream.opened(), upstream.idle()), (call, 0));
    }
}

#[tokio::test]
async fn only_so_many_connections_rest() {
    let most = limits::UPSTREAM_IDLE_MAX;
    let together = Arc::new(Barrier::new(most + 5));
    let upstream = Played::by(move |_, mut stream| {
        let together = Arc::clone(&together);
        async move {
            assert!(head(&mut stream).await);
            together.wait().await;
            say(&mut stream, ANSWER).await;
            head(&mut stream).await;
        }
    })
    .await;
    let answers = futures_util::future::join_all((0..most + 5).map(|_| upstream.ask(Method::GET))).await;
    assert!(answers.iter().all(|answer| answer == "ok"));
    assert_eq!((upstream.opened(), upstream.idle()), (most + 5, most));
}

#[tokio::test]
async fn nothing_rests_for_long() {
    let upstream = Played::by(|_, mut stream| async move {
        while head(&mut stream).await {
            say(&mut stream, ANSWER).await;
        }
    })
    .await;
    let age = || upstream.pool.idle.lock().wires.iter_mut().for_each(|resting| resting.since -= idle_time());
    assert_eq!(upstream.ask(Method::GET).await, "ok");
    age();
    assert_eq!(upstream.ask(Method::GET).await, "ok");
    assert_eq!(upstream.opened(), 2, "an old one is not used");
    assert!(!upstream.pool.look_through(Waker::noop(), true), "there is a fresh one");
    age();
    assert!(upstream.pool.look_through(Waker::noop(), true));
    assert_eq!(upstream.idle(), 0);
}

#[tokio::test]
async fn who_says_nothing_is_waited_for_as_long_as_was_said() {
    let upstream = Played::by(|_, mut stream| async move {
        assert!(head(&mut stream).await);
        say(&mut stream, ANSWER).await;
        std::future::pending::<()>().await;
    })
    .await;
    assert_eq!(upstream.ask(Method::GET).await, "ok");
    let begun = tokio::time::Instant::now();
    assert!(matches!(upstream.call(Method::GET, Duration::from_millis(30)).await, Err(SendFault::Silent)));
    assert!(begun.elapsed() >= Duration::from_millis(30));
    assert_eq!(upstream.idle(), 0, "its answer might still come");
}
