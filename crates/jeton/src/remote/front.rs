//! The front of a gate that follows an authority: questions of proxies, and calls of guarded routes. Nothing else is served here: no
//! management interface, no pages.

use crate::{
    http::{front, request_id},
    listener::AnswerBody,
};
use futures_util::future::{BoxFuture, Either, Ready, ready};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use jeton_gate::{connection::Peer, entrance::Entrance, forward_auth, proxy::ProxyService};
use std::{
    convert::Infallible,
    task::{Context, Poll},
};

/// The service of the gate's listener. Cheap to clone.
#[derive(Clone)]
pub struct GateFront {
    entrance: Entrance,
    proxy: ProxyService,
    tls_ends_in_front: bool,
}

impl GateFront {
    /// In front of these routes.
    pub fn new(entrance: Entrance, tls_ends_in_front: bool) -> Self {
        Self { proxy: ProxyService::new(entrance.clone()), entrance, tls_ends_in_front }
    }
    async fn answer(self, request: Request<Incoming>) -> Response<AnswerBody> {
        if forward_auth::is_question(request.uri().path()) {
            return forward_auth::answer(&self.entrance, request).await.map(|body| AnswerBody::Left(Full::new(body)));
        }
        self.proxy.handle(request).await.map(|body| AnswerBody::Right(body.map_err(Into::into).boxed_unsync()))
    }
}

impl tower::Service<Request<Incoming>> for GateFront {
    type Response = Response<AnswerBody>;
    type Error = Infallible;
    type Future = Either<Ready<Result<Self::Response, Infallible>>, BoxFuture<'static, Result<Self::Response, Infallible>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }
    /// A question of a proxy that the memory can answer is answered here and now.
    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let is_secure = self.tls_ends_in_front || request.extensions().get::<Peer>().is_some_and(|peer| peer.secure);
        let name = request_id::fresh();
        if forward_auth::is_question(request.uri().path())
            && let Some(answer) = forward_auth::answer_now(&self.entrance, &request)
        {
            let answer = answer.map(|body| AnswerBody::Left(Full::new(body)));
            return Either::Left(ready(Ok(front::over_tls(front::named(answer, name), is_secure))));
        }
        let this = self.clone();
        Either::Right(Box::pin(async move { Ok(front::over_tls(front::named(this.answer(request).await, name), is_secure)) }))
    }
}
