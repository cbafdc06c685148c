//! The body of an upstream's answer. Whoever reads it lets the connection work that it comes on, and gives that back at its end. Must
//! never give one back on which something is left to read.

use super::{pool::Pool, wire::Wire};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

/// The body of an answer.
#[derive(Debug)]
pub struct UpstreamBody {
    incoming: Incoming,
    /// What it comes on, and where that belongs; `None` where nobody waits for this reader.
    on: Option<(Box<Wire>, Arc<Pool>)>,
}

impl From<Incoming> for UpstreamBody {
    /// One whose connection works by itself, or has nothing left to do.
    fn from(incoming: Incoming) -> Self {
        Self { incoming, on: None }
    }
}

impl UpstreamBody {
    /// One that comes on `wire` as it is read.
    pub(super) fn on(incoming: Incoming, wire: Box<Wire>, pool: Arc<Pool>) -> Self {
        Self { incoming, on: Some((wire, pool)) }
    }
    fn give_back(&mut self) {
        if let Some((wire, pool)) = self.on.take() {
            pool.put(wire);
        }
    }
}

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = &mut *self;
        let Some((wire, _)) = &mut this.on else { return Pin::new(&mut this.incoming).poll_frame(cx) };
        // Nobody but the wire puts anything in: nobody need be woken for it, nor the wire for what is taken out.
        let mut quiet = Context::from_waker(Waker::noop());
        wire.hush();
        let mut next = Pin::new(&mut this.incoming).poll_frame(&mut quiet);
        if next.is_pending() {
            wire.work();
            next = Pin::new(&mut this.incoming).poll_frame(&mut quiet);
        }
        if next.is_pending() {
            wire.wait(cx.waker());
        } else if matches!(next, Poll::Ready(None)) || this.incoming.is_end_stream() {
            this.give_back();
        }
        next
    }
    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }
    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Drop for UpstreamBody {
    /// A connection that has brought the whole answer is good for another call, whether all of it was looked at or not.
    fn drop(&mut self) {
        self.give_back();
    }
}
