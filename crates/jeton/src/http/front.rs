//! The front: every request comes in here and every answer leaves here. Names requests, finds out where they come from, sends
//! questions of proxies and calls of guarded routes on their ways, and renders refusals.
//!
//! Must never let a request for a host that belongs to a guarded route reach the management interface.

use super::{
    Context,
    access_log::{AccessLog, Line},
    oauth, request_id, verify,
};
use crate::{
    authority::Shared,
    ext_authz::{self, ExtAuthz},
    listener::AnswerBody,
    problem::{Problem, ProblemCode},
};
use axum::{Router, body::Body, response::Response};
use bytes::Bytes;
use futures_util::future::{BoxFuture, Either, Ready, ready};
use http::{HeaderName, HeaderValue, Request, StatusCode, header};
use hyper::body::Incoming;
use jeton_core::{
    id::{ID_DIGITS, RequestId},
    limits,
};
use jeton_gate::{connection::Peer, forward_auth, http_fault::HttpFault, request_target::RequestTarget};
use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context as TaskContext, Poll},
};
use tower::ServiceExt;

/// Names the request, in every answer.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("jeton-request-id");

/// On answers over TLS: a year of nothing but TLS for this host, from the last answer on.
const ONLY_TLS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// What stands below it is asked by whoever has no token yet, at the host of an API too.
const WELL_KNOWN: &str = "/.well-known/";

/// The service of the main listener. Cheap to clone.
#[derive(Clone)]
pub struct Front(Arc<Doors>);

/// Where requests go.
struct Doors {
    authority: Shared,
    ext_authz: ExtAuthz,
    access: AccessLog,
    router: Router,
}

impl Front {
    /// In front of these routes.
    pub fn new(authority: Shared, router: Router) -> Self {
        let access = AccessLog::for_share(authority.config.log.access);
        Self(Arc::new(Doors { ext_authz: ExtAuthz::new(authority.entrance.clone()), access, authority, router }))
    }
}

impl Doors {
    async fn answer(&self, request: Request<Incoming>) -> http::Response<AnswerBody> {
        let name = request_id::fresh();
        let line = self.line_of(&request);
        let answer = self.route(request, name).await;
        finished(answer, line, name)
    }
    /// The same for what [`Doors::is_call`].
    async fn answer_call(&self, request: Request<Incoming>) -> http::Response<AnswerBody> {
        let name = request_id::fresh();
        let line = self.line_of(&request);
        let answer = self.forward(request).await;
        finished(answer, line, name)
    }
    /// The line of the access log that a request gets, if it gets one.
    fn line_of<B>(&self, request: &Request<B>) -> Option<Line> {
        let peer = request.extensions().get::<Peer>().copied();
        self.access.begin(request, || self.authority.entrance.client_address(peer, request.headers()))
    }
    /// Each way is a future of its own on the heap: together they would be as large as the largest, for every request.
    async fn route(&self, mut request: Request<Incoming>, name: RequestId) -> http::Response<AnswerBody> {
        let peer = request.extensions().get::<Peer>().copied();
        if forward_auth::is_question(request.uri().path()) {
            return whole(Box::pin(forward_auth::answer(&self.authority.entrance, request)).await);
        }
        if request.uri().path() == ext_authz::PATH {
            return Box::pin(self.ext_authz.clone().answer(request)).await;
        }
        let target = RequestTarget::read(&request);
        if let Err(fault @ HttpFault::Host) = target {
            // No host, two, or one that contradicts the target's: nobody knows for whom this is.
            return whole(fault.response());
        }
        if !self.serves(&request, target.ok().as_ref()) {
            // A client that was refused asks what it needs, before it has a token.
            if let Some(answer) = super::protected_resource::at_own_host(&self.authority, &request) {
                return whole(answer);
            }
            return Box::pin(self.forward(request)).await;
        }
        let client_ip = self.authority.entrance.client_address(peer, request.headers());
        request.extensions_mut().insert(Context { request: name, client_ip });
        if request.uri().path_and_query().map_or(0, |target| target.as_str().len()) > limits::TARGET_MAX {
            let problem = Problem::new(ProblemCode::BadQuery, "the address is too long");
            return boxed(rendered(problem.render(Some(name))));
        }
        let (parts, body) = request.into_parts();
        if parts.method == http::Method::POST && parts.uri.path() == verify::one::PATH {
            return match Box::pin(verify::one::verify_directly(&self.authority, &parts, body)).await {
                Ok(answer) => whole(rendered(answer)),
                Err(refusal) => boxed(rendered(finish(refusal, name))),
            };
        }
        if parts.method == http::Method::POST && parts.uri.path() == oauth::introspect::PATH {
            return match Box::pin(oauth::introspect::introspect_directly(&self.authority, &parts, body)).await {
                Ok(answer) => whole(rendered(answer)),
                Err(refusal) => boxed(rendered(finish(refusal, name))),
            };
        }
        let method = parts.method.clone();
        let started = std::time::Instant::now();
        let Ok(response) = Box::pin(self.router.clone().oneshot(Request::from_parts(parts, Body::new(body)))).await;
        tracing::debug!(request = %name, %method, status = response.status().as_u16(), micros = started.elapsed().as_micros() as u64, "answered");
        boxed(rendered(finish(response, name)))
    }
    /// Whether a request is plainly a call of a guarded route, or of none: nothing that is asked of the authority.
    fn is_call(&self, request: &Request<Incoming>) -> bool {
        let path = request.uri().path();
        if self.authority.has_no_routes || forward_auth::is_question(path) || path == ext_authz::PATH || path.starts_with(WELL_KNOWN) {
            return false;
        }
        // Written just as it is claimed. Whether the request names another host besides is found out on its way.
        let header = request.headers().get(header::HOST).map(HeaderValue::as_bytes);
        let host = request.uri().authority().map(|authority| authority.as_str().as_bytes()).or(header);
        if host.is_some_and(|host| self.authority.claimed_hosts.iter().any(|claimed| claimed.as_bytes() == host)) {
            return true;
        }
        let target = RequestTarget::read(request);
        !matches!(target, Err(HttpFault::Host)) && !self.serves(request, target.ok().as_ref())
    }
    /// Whether a request is for the authority: its path is one of its own, and its host is not claimed by a guarded route.
    fn serves(&self, request: &Request<Incoming>, target: Option<&RequestTarget<'_>>) -> bool {
        if self.authority.has_no_routes {
            return true;
        }
        let claimed = &self.authority.claimed_hosts;
        if !claimed.is_empty() && target.is_none_or(|target| claimed.iter().any(|host| **host == *target.host)) {
            return false;
        }
        let path = request.uri().path();
        super::OWN_PATHS.iter().any(|own| path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
            || super::oauth::metadata::is_appended(&self.authority.config.issuer, path)
            || (path == "/" && !self.is_routed(request, target))
    }
    /// Whether a configured route covers a request.
    fn is_routed(&self, request: &Request<Incoming>, target: Option<&RequestTarget<'_>>) -> bool {
        let Some(target) = target else { return true };
        self.authority.entrance.covers(Some(&target.host), request.method().as_str(), target.path)
    }
    /// A call of a guarded route, or of none.
    async fn forward(&self, request: Request<Incoming>) -> http::Response<AnswerBody> {
        self.authority.proxy.handle(request).await.map(AnswerBody::proxied)
    }
}

impl tower::Service<Request<Incoming>> for Front {
    type Response = http::Response<AnswerBody>;
    type Error = Infallible;
    type Future = Either<Ready<Result<Self::Response, Infallible>>, BoxFuture<'static, Result<Self::Response, Infallible>>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }
    /// A question of a proxy that the memory can answer is answered here and now: no task waits, nothing is put on the heap.
    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let is_secure =
            self.0.authority.config.tls.terminated_by_proxy || request.extensions().get::<Peer>().is_some_and(|peer| peer.secure);
        if forward_auth::is_question(request.uri().path())
            && let Some(answer) = forward_auth::answer_now(&self.0.authority.entrance, &request)
        {
            let name = request_id::fresh();
            let line = self.0.line_of(&request);
            return Either::Left(ready(Ok(over_tls(finished(whole(answer), line, name), is_secure))));
        }
        let doors = Arc::clone(&self.0);
        // One future on the heap, and no larger than what it does.
        if doors.is_call(&request) {
            return Either::Right(Box::pin(async move { Ok(over_tls(doors.answer_call(request).await, is_secure)) }));
        }
        Either::Right(Box::pin(async move { Ok(over_tls(doors.answer(request).await, is_secure)) }))
    }
}

/// Asks for TLS from now on, where this answer goes over it. An API behind the gate may have said something stricter.
pub(crate) fn over_tls(mut response: http::Response<AnswerBody>, is_secure: bool) -> http::Response<AnswerBody> {
    if is_secure {
        response.headers_mut().entry(header::STRICT_TRANSPORT_SECURITY).or_insert(ONLY_TLS);
    }
    response
}

/// An answer on its way out: told in the access log where that is wanted, and named.
fn finished(answer: http::Response<AnswerBody>, line: Option<Line>, name: RequestId) -> http::Response<AnswerBody> {
    if let Some(line) = line {
        line.end(&answer, name);
    }
    named(answer, name)
}

/// Puts the request's name on its answer.
pub(crate) fn named(mut response: http::Response<AnswerBody>, name: RequestId) -> http::Response<AnswerBody> {
    let mut text = [0; RequestId::PREFIX.len() + ID_DIGITS];
    let (prefix, digits) = text.split_at_mut(RequestId::PREFIX.len());
    prefix.copy_from_slice(RequestId::PREFIX.as_bytes());
    digits.copy_from_slice(name.as_bytes());
    if let Ok(value) = HeaderValue::from_bytes(&text) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Renders what a route refused, and what the router itself did.
fn finish(mut response: Response, name: RequestId) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return problem.render(Some(name));
    }
    let is_bare = !response.headers().contains_key(header::CONTENT_TYPE);
    match response.status() {
        StatusCode::NOT_FOUND if is_bare => Problem::new(ProblemCode::NotFound, "nothing is served at this path").render(Some(name)),
        StatusCode::METHOD_NOT_ALLOWED if is_bare => {
            let allow = response.headers().get(header::ALLOW).cloned();
            let problem = Problem::new(ProblemCode::MethodNotAllowed, "this path does not know the method");
            match allow {
                Some(allow) => problem.with_header(header::ALLOW, allow).render(Some(name)),
                None => problem.render(Some(name)),
            }
        }
        _ => response,
    }
}

/// Adds what every answer of the authority carries.
fn rendered<B>(mut response: http::Response<B>) -> http::Response<B> {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Pages bring their own.
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn boxed(response: Response) -> http::Response<AnswerBody> {
    response.map(AnswerBody::streamed)
}

fn whole(response: http::Response<Bytes>) -> http::Response<AnswerBody> {
    response.map(AnswerBody::whole)
}
