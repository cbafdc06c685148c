//! The front of a gate that follows an authority: questions of proxies, over HTTP and over gRPC, and calls of guarded routes. Nothing else is served here: no
//! management interface, no pages.

use crate::{
    config::Config,
    ext_authz::{self, ExtAuthz},
    http::{
        access_log::{AccessLog, Line},
        front, request_id,
    },
    listener::AnswerBody,
};
use futures_util::future::{BoxFuture, Either, Ready, ready};
use http::{Request, Response};
use hyper::body::Incoming;
use jeton_gate::{connection::Peer, entrance::Entrance, forward_auth, proxy::ProxyService};
use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

/// The service of the gate's listener. Cheap to clone.
#[derive(Clone)]
pub struct GateFront(Arc<Doors>);

/// Where requests go.
struct Doors {
    entrance: Entrance,
    proxy: ProxyService,
    ext_authz: ExtAuthz,
    access: AccessLog,
    tls_ends_in_front: bool,
}

impl GateFront {
    /// In front of these routes.
    pub fn new(entrance: Entrance, config: &Config) -> Self {
        let access = AccessLog::for_share(config.log.access);
        Self(Arc::new(Doors {
            proxy: ProxyService::new(entrance.clone()).with_notes(access.is_on()),
            ext_authz: ExtAuthz::new(entrance.clone()),
            access,
            tls_ends_in_front: config.tls.terminated_by_proxy,
            entrance,
        }))
    }
}

impl Doors {
    async fn answer(&self, request: Request<Incoming>) -> Response<AnswerBody> {
        let name = request_id::fresh();
        let line = self.line_of(&request);
        let answer = self.route(request).await;
        if let Some(line) = line {
            line.end(&answer, name);
        }
        front::named(answer, name)
    }
    /// The line of the access log that a request gets, if it gets one.
    fn line_of(&self, request: &Request<Incoming>) -> Option<Line> {
        let peer = request.extensions().get::<Peer>().copied();
        self.access.begin(request, || self.entrance.client_address(peer, request.headers()))
    }
    async fn route(&self, request: Request<Incoming>) -> Response<AnswerBody> {
        if forward_auth::is_question(request.uri().path()) {
            return forward_auth::answer(&self.entrance, request).await.map(AnswerBody::whole);
        }
        if request.uri().path() == ext_authz::PATH {
            return self.ext_authz.clone().answer(request).await;
        }
        self.proxy.handle(request).await.map(AnswerBody::proxied)
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
        let is_secure = self.0.tls_ends_in_front || request.extensions().get::<Peer>().is_some_and(|peer| peer.secure);
        if forward_auth::is_question(request.uri().path())
            && let Some(answer) = forward_auth::answer_now(&self.0.entrance, &request)
        {
            let name = request_id::fresh();
            if let Some(line) = self.0.line_of(&request) {
                line.end(&answer, name);
            }
            return Either::Left(ready(Ok(front::over_tls(front::named(answer.map(AnswerBody::whole), name), is_secure))));
        }
        let doors = Arc::clone(&self.0);
        Either::Right(Box::pin(async move { Ok(front::over_tls(doors.answer(request).await, is_secure)) }))
    }
}
