//! Something on the way between a gate and its authority that understands what they say and spoils it: an HTTP server in this process
//! that passes everything on but for what it was told to drop, repeat, keep back or answer from what it kept.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    response::Response,
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{net::TcpListener, sync::watch};

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoil {
    /// Passes on; keeps what it passed on.
    Nothing,
    /// Lets no question about changes through for the time being.
    Holds,
    /// Takes the first change out of an answer.
    DropsOne,
    /// Takes all changes out of an answer.
    DropsAll,
    /// Turns the changes of an answer around.
    Reorders,
    /// Says a change twice.
    Repeats,
    /// Answers what it kept of an earlier question.
    Replays,
    /// The same, as if it were to the present question and led as far.
    Disguises,
    /// Ends an answer in the middle of a line.
    Cuts,
    /// Says that the log ends at its beginning.
    GoesBack,
    /// Answers snapshots and look-ups with what it kept.
    AnswersOld,
}

/// What stands in the middle.
pub struct Middle {
    address: SocketAddr,
    inner: Arc<Inner>,
    serving: tokio::task::JoinHandle<()>,
}

struct Inner {
    authority: SocketAddr,
    client: reqwest::Client,
    spoil: watch::Sender<Spoil>,
    /// The last whole answer by path; of questions about changes, the last that told of one.
    kept: Mutex<HashMap<String, Bytes>>,
    spoilt: AtomicUsize,
}

impl Middle {
    /// One in front of this authority.
    pub async fn before(authority: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (client, spoil) = (reqwest::Client::new(), watch::Sender::new(Spoil::Nothing));
        let inner = Arc::new(Inner { authority, client, spoil, kept: Mutex::default(), spoilt: AtomicUsize::new(0) });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&inner));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { address, inner, serving }
    }
    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
    /// What it does from now on; how often it did so is counted anew.
    pub fn set(&self, spoil: Spoil) {
        self.inner.spoilt.store(0, Ordering::SeqCst);
        self.inner.spoil.send_replace(spoil);
    }
    /// How often it did what it was told last.
    pub fn spoilt(&self) -> usize {
        self.inner.spoilt.load(Ordering::SeqCst)
    }
}

impl Drop for Middle {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn pass(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    if path == "/v1/gate/changes" {
        if *inner.spoil.borrow() == Spoil::Holds {
            inner.spoilt.fetch_add(1, Ordering::SeqCst);
        }
        let _ = inner.spoil.subscribe().wait_for(|spoil| *spoil != Spoil::Holds).await;
    }
    let url = format!("http://{}{}", inner.authority, parts.uri);
    let body = axum::body::to_bytes(body, 1024 * 1024).await.expect("a body");
    let mut asking = inner.client.request(parts.method.clone(), url).body(body);
    for name in ["authorization", "content-type"] {
        asking = parts.headers.get(name).into_iter().fold(asking, |asking, value| asking.header(name, value));
    }
    let Ok(answer) = asking.send().await else { return of(502, "application/json", Bytes::from_static(b"{}")) };
    let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or("application/json").to_owned();
    let status = answer.status().as_u16();
    let whole = answer.bytes().await.unwrap_or_default();
    if status != 200 {
        return of(status, &kind, whole);
    }
    of(status, &kind, inner.spoil(&path, whole))
}

fn of(status: u16, kind: &str, body: Bytes) -> Response {
    Response::builder().status(status).header("content-type", kind).body(Body::from(body)).expect("an answer")
}

impl Inner {
    /// What becomes of an answer.
    fn spoil(&self, path: &str, whole: Bytes) -> Bytes {
        let spoil = *self.spoil.borrow();
        let is_log = path == "/v1/gate/changes";
        let spoilt = match spoil {
            Spoil::Nothing | Spoil::Holds => None,
            Spoil::AnswersOld if is_log => None,
            Spoil::AnswersOld => self.kept(path),
            _ if is_log => self.spoil_log(spoil, &whole),
            _ => None,
        };
        match spoilt {
            Some(spoilt) => {
                self.spoilt.fetch_add(1, Ordering::SeqCst);
                spoilt
            }
            None => {
                let tells = !is_log || !changes(&read(&whole)).is_empty();
                if spoil == Spoil::Nothing && tells {
                    self.kept.lock().expect("unbroken").insert(path.to_owned(), whole.clone());
                }
                whole
            }
        }
    }
    fn kept(&self, path: &str) -> Option<Bytes> {
        self.kept.lock().expect("unbroken").get(path).cloned()
    }
    /// A spoilt answer about changes; `None` where there is nothing in it to spoil.
    fn spoil_log(&self, spoil: Spoil, whole: &Bytes) -> Option<Bytes> {
        let mut answer = read(whole);
        let mut told = changes(&answer);
        match spoil {
            Spoil::DropsOne if !told.is_empty() => drop(told.remove(0)),
            Spoil::DropsAll if !told.is_empty() => told.clear(),
            Spoil::Reorders if told.len() > 1 => told.reverse(),
            Spoil::Repeats if !told.is_empty() => told.push(told[0].clone()),
            Spoil::Replays => return self.kept("/v1/gate/changes"),
            Spoil::Disguises => {
                let mut old = read(&self.kept("/v1/gate/changes")?);
                // With older places it would be noticed for these alone.
                for place in ["ask", "reached", "head"] {
                    old[place] = answer[place].clone();
                }
                return Some(Bytes::from(old.to_string()));
            }
            Spoil::Cuts => return Some(whole.slice(..whole.len() / 2)),
            Spoil::GoesBack => {
                (answer["head"], answer["reached"], answer["as_of"]) = (json!(1), json!(1), json!(1));
                (answer["truncated"], told) = (json!(true), Vec::new());
            }
            _ => return None,
        }
        // With a change goes what is told of its token.
        let named = |token: &Value| told.iter().any(|change| change["id"] == token["id"]);
        let tokens: Vec<Value> = answer["tokens"].as_array().into_iter().flatten().filter(|token| named(token)).cloned().collect();
        (answer["tokens"], answer["changes"]) = (Value::Array(tokens), Value::Array(told));
        Some(Bytes::from(answer.to_string()))
    }
}

fn read(answer: &Bytes) -> Value {
    serde_json::from_slice(answer).expect("an authority answers in JSON")
}

fn changes(answer: &Value) -> Vec<Value> {
    answer["changes"].as_array().cloned().unwrap_or_default()
}
