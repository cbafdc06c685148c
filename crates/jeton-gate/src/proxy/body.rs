//! The body of an answer: a short one of the gate's own, or one that is passed on. Holds no more than one frame.

use crate::{
    http_fault::HttpFault,
    upstream::{Busy, UpstreamBody, WatchedBody},
};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// The body of an answer of the proxy.
#[derive(Debug)]
pub struct ProxyBody(Kind);

#[derive(Debug)]
enum Kind {
    Whole(Full<Bytes>),
    Passed(WatchedBody<UpstreamBody>, #[expect(dead_code, reason = "counts until it is dropped")] Option<Busy>),
}

impl ProxyBody {
    /// A body of the gate's own.
    pub fn whole(bytes: Bytes) -> Self {
        Self(Kind::Whole(Full::new(bytes)))
    }
    /// One of an upstream, whose call is under way until it is over.
    pub(super) fn passed(body: WatchedBody<UpstreamBody>, busy: Option<Busy>) -> Self {
        Self(Kind::Passed(body, busy))
    }
}

impl Body for ProxyBody {
    type Data = Bytes;
    type Error = HttpFault;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, HttpFault>>> {
        match &mut self.0 {
            Kind::Whole(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
            Kind::Passed(body, _) => Pin::new(body).poll_frame(cx),
        }
    }
    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(body) => body.is_end_stream(),
            Kind::Passed(body, _) => body.is_end_stream(),
        }
    }
    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(body) => body.size_hint(),
            Kind::Passed(body, _) => body.size_hint(),
        }
    }
}
