//! One connection of HTTP/1.1 to an upstream. It has no task of its own: whoever waits for its answer, or reads that, lets it do its
//! work, so that a call is one task from end to end. Must never carry a second call while one is under way.

use super::{OutgoingBody, body::BodyProgress, patience::Patience};
use crate::nudge::Nudge;
use http::{Request, Response};
use hyper::{body::Incoming, client::conn::http1::SendRequest};
use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Waker},
};
use tokio::{
    task::coop::unconstrained,
    time::{Instant, Sleep, sleep_until},
};

/// The work of a connection.
type Work = Pin<Box<dyn Future<Output = Result<(), hyper::Error>> + Send>>;

/// A connection.
pub(super) struct Wire {
    sender: SendRequest<OutgoingBody>,
    /// `None` once it is over.
    work: Option<Work>,
    nudge: Arc<Nudge>,
    /// The nudge, as the work takes it.
    waker: Waker,
    /// Rings at an answer's deadline or earlier, and is set anew then: so it is hardly ever touched.
    alarm: Pin<Box<Sleep>>,
    /// The body of the call under way.
    sending: Option<Arc<BodyProgress>>,
}

/// Why there is no answer.
pub(super) enum Unanswered {
    /// The connection failed; the call comes back if nothing was done about it.
    Broken(hyper::Error, Option<Box<Request<OutgoingBody>>>),
    /// Patience was over.
    Silent,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire").field("idle", &self.is_idle()).finish_non_exhaustive()
    }
}

impl Wire {
    /// Over both halves of a new connection.
    pub(super) fn new(
        sender: SendRequest<OutgoingBody>,
        work: impl Future<Output = Result<(), hyper::Error>> + Send + 'static,
        first: &Patience,
    ) -> Self {
        let nudge = Arc::new(Nudge::default());
        let waker = Waker::from(Arc::clone(&nudge));
        Self { sender, work: Some(Box::pin(work)), nudge, waker, alarm: Box::pin(sleep_until(first.deadline())), sending: None }
    }
    /// Whether nothing is under way on it, and the next call may come: the answer of the last one was read to its end.
    pub(super) fn is_idle(&self) -> bool {
        self.work.is_some() && self.sender.is_ready()
    }
    /// Whether the body of the request is still being sent.
    pub(super) fn is_sending(&self) -> bool {
        self.sending.as_ref().is_some_and(|body| !body.has_ended())
    }
    /// Sends a call, taking it out of its place, and waits for the head of its answer.
    pub(super) async fn exchange(
        &mut self,
        call: &mut Request<OutgoingBody>,
        patience: &mut Patience,
    ) -> Result<Response<Incoming>, Unanswered> {
        self.sending = call.body().progress();
        self.hush();
        let mut answer = pin!(unconstrained(self.sender.try_send_request(std::mem::take(call))));
        poll_fn(|cx| {
            self.work();
            // Nothing but that work brings the answer, so nobody need be woken for it.
            match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(answered) => Poll::Ready(answered.map_err(|mut fault| {
                    let unsent = fault.take_message().map(Box::new);
                    Unanswered::Broken(fault.into_error(), unsent)
                })),
                Poll::Pending if self.rings(patience) => Poll::Ready(Err(Unanswered::Silent)),
                Poll::Pending => {
                    self.wait(cx.waker());
                    Poll::Pending
                }
            }
        })
        .await
    }
    /// Does what can be done now. Until [`Wire::wait`] nobody is woken for more.
    pub(super) fn work(&mut self) {
        self.nudge.hush();
        if let Some(work) = &mut self.work
            && let Poll::Ready(ended) = work.as_mut().poll(&mut Context::from_waker(&self.waker))
        {
            if let Err(error) = ended {
                tracing::trace!(%error, "a connection to an upstream ended early");
            }
            self.work = None;
        }
    }
    /// Wakes nobody for what happens until the next [`Wire::wait`].
    pub(super) fn hush(&self) {
        self.nudge.hush();
    }
    /// Has this task woken when there is more to do.
    pub(super) fn wait(&self, task: &Waker) {
        self.nudge.wait(task);
    }
    /// Works until the call is over, wherever its body and that of its answer are; tells whether the connection is good for another one.
    pub(super) async fn finish(&mut self) -> bool {
        poll_fn(|cx| {
            self.work();
            if self.work.is_none() || self.is_idle() {
                return Poll::Ready(());
            }
            self.wait(cx.waker());
            Poll::Pending
        })
        .await;
        self.is_idle()
    }
    fn rings(&mut self, patience: &mut Patience) -> bool {
        loop {
            if self.alarm.deadline() > patience.deadline() {
                self.alarm.as_mut().reset(patience.deadline());
            }
            if self.alarm.as_mut().poll(&mut Context::from_waker(&self.waker)).is_pending() {
                return false;
            }
            if Instant::now() >= patience.deadline() && patience.is_over() {
                return true;
            }
            self.alarm.as_mut().reset(patience.deadline());
        }
    }
}
