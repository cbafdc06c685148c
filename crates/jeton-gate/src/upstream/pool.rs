//! The connections of HTTP/1.1 to one address of an upstream: idle ones wait here for the next call, the one that was used last first.
//! Must never keep one on which an answer was not read to its end, nor give one to two calls.

use super::{OutgoingBody, client::SendFault, patience::Patience, upstream_body::UpstreamBody, wire::Unanswered, wire::Wire};
use crate::{connection::HYPERS_HEADERS_MAX, route_table::duration};
use http::{Request, Response, StatusCode, Uri};
use http_body::Body;
use hyper::{body::Incoming, client::conn::http1};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use jeton_core::limits;
use parking_lot::Mutex;
use std::{
    future::poll_fn,
    sync::{Arc, Weak},
    task::{Poll, Waker},
    time::{Duration, Instant},
};
use tokio::{runtime::Handle, time::interval};
use tower::ServiceExt;

/// So often in the life of an idle connection it is looked for those whose life is over.
const LOOKS: u32 = 11;

/// The connections to one address.
pub(super) struct Pool {
    connector: HttpsConnector<HttpConnector>,
    address: Uri,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    wires: Vec<Resting>,
    /// Who is woken when something happens on an idle connection.
    keeper: Option<Waker>,
    is_kept: bool,
}

/// An idle connection.
struct Resting {
    wire: Box<Wire>,
    since: Instant,
}

impl Resting {
    fn is_fresh(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) < idle_time()
    }
    /// Whether it may go on resting; `keeper` is woken for it then.
    fn is_good(&mut self, now: Instant, keeper: &Waker) -> bool {
        self.wire.work();
        self.wire.wait(keeper);
        self.wire.is_idle() && self.is_fresh(now)
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Pool {
    /// Of connections to `address`, opened by `connector` as they are needed.
    pub(super) fn new(connector: HttpsConnector<HttpConnector>, address: Uri) -> Arc<Self> {
        Arc::new(Self { connector, address, idle: Mutex::default() })
    }
    /// Sends a call on an idle connection, or else on a new one, and waits for the head of its answer.
    pub(super) async fn send(
        self: &Arc<Self>,
        call: &mut Request<OutgoingBody>,
        patience: &mut Patience,
    ) -> Result<Response<UpstreamBody>, SendFault> {
        loop {
            let (mut wire, was_idle) = match self.take() {
                Some(wire) => (wire, true),
                None => (Box::pin(self.connect(patience)).await?, false),
            };
            match wire.exchange(call, patience).await {
                Ok(answer) => return Ok(self.hand_on(answer, wire)),
                // It was closed over there while it was idle, and nothing of this call was written.
                Err(Unanswered::Broken(_, Some(unsent))) if was_idle => *call = *unsent,
                Err(Unanswered::Broken(fault, _)) => return Err(SendFault::Broken(fault.into())),
                Err(Unanswered::Silent) => return Err(SendFault::Silent),
            }
        }
    }
    async fn connect(&self, patience: &mut Patience) -> Result<Box<Wire>, SendFault> {
        let opened = patience.wait_for(self.connector.clone().oneshot(self.address.clone())).await;
        let io = opened.ok_or(SendFault::Silent)?.map_err(SendFault::Unreachable)?;
        let mut builder = http1::Builder::new();
        builder.max_buf_size(limits::HEADER_BYTES_MAX.max(64 * 1024));
        if limits::HEADERS_MAX != HYPERS_HEADERS_MAX {
            builder.max_headers(limits::HEADERS_MAX);
        }
        let (sender, connection) = builder.handshake(io).await.map_err(|fault| SendFault::Broken(fault.into()))?;
        Ok(Box::new(Wire::new(sender, connection.with_upgrades(), patience)))
    }
    /// Hands on an answer, whose reader lets the connection work. Where more than reading is left to do, that has a task of its own: a
    /// body that is still being sent must not wait for somebody who does not read yet, and a tunnel needs the connection itself.
    fn hand_on(self: &Arc<Self>, answer: Response<Incoming>, mut wire: Box<Wire>) -> Response<UpstreamBody> {
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS || wire.is_sending() {
            let pool = Arc::clone(self);
            tokio::spawn(async move {
                if wire.finish().await {
                    pool.put(wire);
                }
            });
            return answer.map(UpstreamBody::from);
        }
        if answer.body().is_end_stream() {
            self.put(wire);
            return answer.map(UpstreamBody::from);
        }
        answer.map(|body| UpstreamBody::on(body, wire, Arc::clone(self)))
    }
    fn take(&self) -> Option<Box<Wire>> {
        let last = self.idle.lock().wires.pop()?;
        // All below it have rested for longer.
        last.is_fresh(Instant::now()).then_some(last.wire)
    }
    /// Takes a connection back; one on which something is still under way is closed.
    pub(super) fn put(self: &Arc<Self>, wire: Box<Wire>) {
        let Ok(runtime) = Handle::try_current() else { return };
        if !wire.is_idle() {
            return;
        }
        let mut idle = self.idle.lock();
        if idle.wires.len() >= limits::UPSTREAM_IDLE_MAX {
            return;
        }
        wire.hush();
        if let Some(keeper) = &idle.keeper {
            wire.wait(keeper);
        }
        idle.wires.push(Resting { wire, since: Instant::now() });
        if !std::mem::replace(&mut idle.is_kept, true) {
            drop(idle);
            runtime.spawn(keep(Arc::downgrade(self)));
        }
    }
    /// Closes idle connections that the other side has closed, or that rested for too long. `keeper` is woken when something happens on
    /// one of those that are left. Tells whether it may end, if it would: there are none.
    fn look_through(&self, keeper: &Waker, may_end: bool) -> bool {
        let now = Instant::now();
        let mut idle = self.idle.lock();
        let over: Vec<Resting> = idle.wires.extract_if(.., |resting| !resting.is_good(now, keeper)).collect();
        let ends = may_end && idle.wires.is_empty();
        idle.keeper = (!ends).then(|| keeper.clone());
        idle.is_kept = !ends;
        drop(idle);
        drop(over);
        ends
    }
}

/// Looks after the idle connections of a pool while there are any.
async fn keep(pool: Weak<Pool>) {
    let mut looks = interval(idle_time() / LOOKS);
    poll_fn(|cx| {
        let mut is_due = false;
        while looks.poll_tick(cx).is_ready() {
            is_due = true;
        }
        let ends = pool.upgrade().is_none_or(|pool| pool.look_through(cx.waker(), is_due));
        if ends { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

fn idle_time() -> Duration {
    duration(limits::UPSTREAM_IDLE_TIME)
}

#[cfg(test)]
mod tests;
