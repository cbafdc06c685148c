//! The body of an answer, of whatever making. Must never hold back what is there.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use jeton_gate::proxy::ProxyBody;
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// Why a body broke off.
type Fault = Box<dyn std::error::Error + Send + Sync>;

/// The body of an answer.
#[derive(Debug)]
pub struct AnswerBody(Kind);

#[derive(Debug)]
enum Kind {
    Whole(Full<Bytes>),
    Proxied(ProxyBody),
    Streamed(UnsyncBoxBody<Bytes, Fault>),
}

impl AnswerBody {
    /// One that is there whole.
    pub fn whole(bytes: Bytes) -> Self {
        Self(Kind::Whole(Full::new(bytes)))
    }
    /// One that comes from behind the proxy.
    pub const fn proxied(body: ProxyBody) -> Self {
        Self(Kind::Proxied(body))
    }
    /// Any other, piece by piece.
    pub fn streamed<B>(body: B) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Fault>,
    {
        Self(Kind::Streamed(body.map_err(Into::into).boxed_unsync()))
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        match &mut self.0 {
            Kind::Whole(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
            Kind::Proxied(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Kind::Streamed(body) => Pin::new(body).poll_frame(cx),
        }
    }
    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(body) => body.is_end_stream(),
            Kind::Proxied(body) => body.is_end_stream(),
            Kind::Streamed(body) => body.is_end_stream(),
        }
    }
    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(body) => body.size_hint(),
            Kind::Proxied(body) => body.size_hint(),
            Kind::Streamed(body) => body.size_hint(),
        }
    }
}
