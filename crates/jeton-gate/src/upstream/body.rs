//! Bodies on their way through: streamed frame by frame, never kept, watched for silence, length and trailers. Must never ask
//! for a frame before the other side wants one.

use crate::{header, http_fault::HttpFault};
use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, combinators::UnsyncBoxBody};
use parking_lot::Mutex;
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep};

/// What else watches a body: when it last moved, what went wrong with it, and whether nobody asks for more of it.
#[derive(Debug)]
pub(crate) struct BodyProgress {
    latest: Mutex<(Instant, Option<HttpFault>)>,
    ended: AtomicBool,
}

impl BodyProgress {
    fn new() -> Self {
        Self { latest: Mutex::new((Instant::now(), None)), ended: AtomicBool::new(false) }
    }
    /// Whether all of it was taken, or it was let go.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
    fn moved(&self) {
        self.latest.lock().0 = Instant::now();
    }
    fn failed(&self, fault: HttpFault) {
        self.latest.lock().1 = Some(fault);
    }
    /// When it last moved.
    pub(crate) fn moved_at(&self) -> Instant {
        self.latest.lock().0
    }
    /// What went wrong with it.
    pub(crate) fn fault(&self) -> Option<HttpFault> {
        self.latest.lock().1
    }
}

/// A body that fails when it is silent for too long, takes too long as a whole or grows too large, and whose trailers are
/// cleaned.
#[derive(Debug)]
pub struct WatchedBody<B> {
    inner: B,
    idle: Duration,
    until: Option<Instant>,
    left: Option<u64>,
    alarm: Option<Pin<Box<Sleep>>>,
    waiting: bool,
    progress: Option<Arc<BodyProgress>>,
}

impl<B> WatchedBody<B> {
    /// Watches for silence alone.
    pub(crate) fn new(inner: B, idle: Duration) -> Self {
        Self { inner, idle, until: None, left: None, alarm: None, waiting: false, progress: None }
    }
    /// Fails too when it is not over after `total` or grows over `most` bytes.
    pub(crate) fn within(mut self, total: Duration, most: Option<u64>) -> Self {
        self.until = Some(Instant::now() + total);
        self.left = most;
        self
    }
    /// Sets the alarm when a wait begins, and tells whether it rang.
    fn rings(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.waiting {
            self.waiting = true;
            let silent = Instant::now() + self.idle;
            let deadline = self.until.map_or(silent, |until| until.min(silent));
            match &mut self.alarm {
                Some(alarm) => alarm.as_mut().reset(deadline),
                None => self.alarm = Some(Box::pin(tokio::time::sleep_until(deadline))),
            }
        }
        self.alarm.as_mut().is_some_and(|alarm| alarm.as_mut().poll(cx).is_ready())
    }
    fn fail(&self, fault: HttpFault) -> Poll<Option<Result<Frame<Bytes>, HttpFault>>> {
        if let Some(progress) = &self.progress {
            progress.failed(fault);
        }
        Poll::Ready(Some(Err(fault)))
    }
}

impl<B> Body for WatchedBody<B>
where
    B: Body + Unpin,
{
    type Data = Bytes;
    type Error = HttpFault;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, HttpFault>>> {
        let Poll::Ready(next) = Pin::new(&mut self.inner).poll_frame(cx) else {
            return if self.rings(cx) { self.fail(HttpFault::BodyTimeout) } else { Poll::Pending };
        };
        self.waiting = false;
        if let Some(progress) = &self.progress {
            progress.moved();
        }
        let frame = match next {
            None => return Poll::Ready(None),
            Some(Err(_)) => return self.fail(HttpFault::BodyBroken),
            Some(Ok(frame)) => frame,
        };
        match frame.into_data() {
            Ok(mut data) => {
                let bytes = data.copy_to_bytes(data.remaining());
                if let Some(left) = &mut self.left {
                    match left.checked_sub(bytes.len() as u64) {
                        Some(rest) => *left = rest,
                        None => return self.fail(HttpFault::BodyTooLarge),
                    }
                }
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Err(frame) => {
                let mut trailers = frame.into_trailers().unwrap_or_default();
                header::clean_trailers(&mut trailers);
                Poll::Ready(Some(Ok(Frame::trailers(trailers))))
            }
        }
    }
    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }
    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// A request's body on its way to an upstream.
pub(crate) struct OutgoingBody {
    body: Option<Boxed>,
    progress: Option<Arc<BodyProgress>>,
    begun: bool,
    home: Option<Arc<Mutex<Option<Boxed>>>>,
}

/// A body of any making.
type Boxed = UnsyncBoxBody<Bytes, HttpFault>;

/// Where a body comes back to of which nobody asked for a byte.
pub(crate) struct Home {
    body: Option<Arc<Mutex<Option<Boxed>>>>,
    progress: Option<Arc<BodyProgress>>,
}

impl Home {
    /// The body as it was; `None` when some of it is gone.
    pub(crate) fn take(self) -> Option<OutgoingBody> {
        let body = match self.body {
            None => None,
            Some(home) => Some(home.lock().take()?),
        };
        if let Some(progress) = &self.progress {
            progress.ended.store(false, Ordering::Relaxed);
        }
        Some(OutgoingBody { body, progress: self.progress, begun: false, home: None })
    }
}

impl Drop for OutgoingBody {
    fn drop(&mut self) {
        if let Some(progress) = &self.progress {
            progress.ended.store(true, Ordering::Relaxed);
        }
        if let (false, Some(home), Some(body)) = (self.begun, &self.home, self.body.take()) {
            *home.lock() = Some(body);
        }
    }
}

impl Default for OutgoingBody {
    fn default() -> Self {
        Self::none()
    }
}

impl OutgoingBody {
    /// No body at all.
    pub(crate) const fn none() -> Self {
        Self { body: None, progress: None, begun: false, home: None }
    }
    /// Whether there is none.
    pub(crate) const fn is_none(&self) -> bool {
        self.body.is_none()
    }
    /// Sees to it that it comes back if it is dropped before a byte of it was asked for.
    pub(crate) fn come_back(&mut self) -> Home {
        self.home = self.body.is_some().then(Arc::default);
        Home { body: self.home.clone(), progress: self.progress.clone() }
    }
    /// A watched one.
    pub(crate) fn watched<B>(mut body: WatchedBody<B>) -> Self
    where
        B: Body + Send + Unpin + 'static,
    {
        if body.is_end_stream() {
            return Self::none();
        }
        let progress = Arc::new(BodyProgress::new());
        body.progress = Some(Arc::clone(&progress));
        Self { body: Some(body.boxed_unsync()), progress: Some(progress), begun: false, home: None }
    }
    /// What can be told of it while it is sent.
    pub(crate) fn progress(&self) -> Option<Arc<BodyProgress>> {
        self.progress.clone()
    }
}

impl Body for OutgoingBody {
    type Data = Bytes;
    type Error = HttpFault;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, HttpFault>>> {
        self.begun = true;
        match &mut self.body {
            None => Poll::Ready(None),
            Some(body) => Poll::Ready(ready!(Pin::new(body).poll_frame(cx))),
        }
    }
    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }
    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}
