//! The built-in reverse proxy: a request that the gate admits is written anew for the API behind, and its answer streamed back.
//!
//! Must never send an upstream a byte of a request before it was admitted, nor anything of a head that was not parsed and
//! serialised again here. Bodies flow frame by frame as fast as the slower side takes them; none is kept. The decision comes
//! before the first byte of a body is asked for, so `100 Continue` is sent to nobody who is refused.

use crate::{
    connection::Peer,
    entrance::{Admitted, Asked, Caller, Entrance, Note},
    http_fault::HttpFault,
    port::UpstreamIssuer,
    request_target::RequestTarget,
    route_table::{GateRoute, RouteTable, UpstreamToken},
    upstream::{self, Busy, Head, OutgoingBody, UpstreamBody, WatchedBody},
};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, Version, header};
use http_body::Body;
use hyper::upgrade::OnUpgrade;
use jeton_core::path::NormalPath;
use std::{
    convert::Infallible,
    future::Future,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use upstream_tokens::UpstreamTokens;

mod answered;
mod body;
mod framing;
mod outgoing;
mod tunnel;
mod upstream_tokens;

pub use body::ProxyBody;

/// The proxy as a service. Cheap to clone.
#[derive(Clone)]
pub struct ProxyService {
    door: Door,
    tokens: Arc<UpstreamTokens>,
    /// Whether answers carry a [`Note`].
    notes: bool,
}

/// Who decides.
#[derive(Clone)]
enum Door {
    /// The gate.
    Guarded(Entrance),
    /// Nobody: see [`ProxyService::without_checks`].
    Open(Arc<RouteTable>),
}

/// What a request needs on its way, once it may pass.
struct Passage {
    route: Arc<GateRoute>,
    path: NormalPath,
    client_ip: Option<IpAddr>,
    /// Whether the client's own connection is encrypted: as a trusted proxy says, or as seen here.
    secure: bool,
    /// Who calls; `None` where nobody was asked.
    caller: Option<Caller>,
}

/// A refusal or fault, ready to be sent.
struct Turned(Box<Response<Bytes>>);

impl From<HttpFault> for Turned {
    fn from(fault: HttpFault) -> Self {
        metrics::counter!("jeton_proxy_faults_total", "code" => fault.answer().code).increment(1);
        Self(Box::new(fault.response()))
    }
}

impl ProxyService {
    /// A proxy in front of which the gate stands.
    pub fn new(entrance: Entrance) -> Self {
        Self { door: Door::Guarded(entrance), tokens: Arc::default(), notes: true }
    }
    /// Has tokens for upstreams issued here. Without that, routes that want them are answered 503.
    #[must_use]
    pub fn with_issuer(self, issuer: Arc<dyn UpstreamIssuer>) -> Self {
        Self { tokens: Arc::new(UpstreamTokens::new(issuer)), ..self }
    }
    /// Whether a [`Note`] is among the extensions of each answer, as it is unless nobody reads them.
    #[must_use]
    pub fn with_notes(self, notes: bool) -> Self {
        Self { notes, ..self }
    }
    /// A proxy that asks nobody: the same way through without the decision, for measuring what the decision costs. No
    /// configuration leads here.
    pub fn without_checks(routes: RouteTable) -> Self {
        Self { door: Door::Open(Arc::new(routes)), tokens: Arc::default(), notes: false }
    }
    /// Answers one request.
    pub async fn handle<B>(&self, request: Request<B>) -> Response<ProxyBody>
    where
        B: Body + Send + Unpin + 'static,
    {
        match self.pass(request).await {
            Ok(response) => response,
            Err(Turned(response)) => response.map(ProxyBody::whole),
        }
    }
    async fn pass<B>(&self, request: Request<B>) -> Result<Response<ProxyBody>, Turned>
    where
        B: Body + Send + Unpin + 'static,
    {
        let (parts, body) = request.into_parts();
        let mut head = Request::from_parts(parts, ());
        framing::check(head.version(), head.headers())?;
        let peer = head.extensions().get::<Peer>().copied();
        let target = RequestTarget::read(&head)?;
        let passage = self.admit(&head, &target, peer).await?;
        let upstream = passage.route.upstream.clone().ok_or(HttpFault::NoUpstream)?;
        let onward = upstream::target(passage.path.as_str(), target.query)?;
        let said = outgoing::Said::of(&target, passage.client_ip, passage.secure, head.version());
        let is_upgrade = outgoing::wants_websocket(&head, &passage.route) && body.is_end_stream();
        let upgrade = is_upgrade.then(|| hyper::upgrade::on(&mut head));
        let outgoing = outgoing_body(body, &passage.route, is_upgrade)?;
        let (mut parts, ()) = head.into_parts();
        self.clean(&mut parts.headers, &passage.route);
        outgoing::rewrite(&mut parts.headers, &said, &passage.route, &upstream, is_upgrade);
        self.identify(&passage, &mut parts.headers).await?;
        let head = Head { method: parts.method.clone(), target: onward, headers: parts.headers };
        let (response, busy) = upstream.send(head, outgoing, &passage.route.times).await?;
        self.answered(response, busy, passage, parts.method, upgrade)
    }
    /// The upstream's answer for the client, or the tunnel that it agreed to.
    fn answered(
        &self,
        mut response: Response<UpstreamBody>,
        busy: Option<Busy>,
        passage: Passage,
        method: http::Method,
        upgrade: Option<OnUpgrade>,
    ) -> Result<Response<ProxyBody>, Turned> {
        let is_upgrade = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        let theirs = is_upgrade.then(|| hyper::upgrade::on(&mut response));
        answered::rewrite(&mut response, is_upgrade);
        if let Some(caller) = &passage.caller {
            caller.decorate(response.headers_mut());
            if self.notes {
                let token = caller.passed().map(|passed| passed.token.id());
                response.extensions_mut().insert(Note { route: Arc::clone(&passage.route), token });
            }
        }
        match (theirs, upgrade) {
            (Some(theirs), Some(ours)) if outgoing::is_websocket(response.headers()) => {
                tunnel::open(ours, theirs, tunnel::Watch::new(&self.door, passage, method));
                Ok(response.map(|_| ProxyBody::whole(Bytes::new())))
            }
            (Some(_), _) => {
                tracing::warn!(route = passage.route.label(), "an upstream switched protocols unasked");
                Err(HttpFault::UpstreamBroken.into())
            }
            (None, _) => {
                let idle = passage.route.times.answer_idle;
                Ok(response.map(|body| ProxyBody::passed(WatchedBody::new(body, idle), busy)))
            }
        }
    }
    /// Takes the credential away, unless the route hands it on.
    fn clean(&self, headers: &mut HeaderMap, route: &GateRoute) {
        match &self.door {
            Door::Guarded(entrance) if !route.keep_authorization => entrance.take_credentials(headers),
            _ => {}
        }
    }
    /// Tells the API who calls, in the way of the route. What the client said of that is gone by now.
    async fn identify(&self, passage: &Passage, headers: &mut HeaderMap) -> Result<(), HttpFault> {
        let Some(caller) = &passage.caller else { return Ok(()) };
        match &passage.route.upstream_token {
            UpstreamToken::Headers => caller.identify(headers),
            UpstreamToken::None => {}
            UpstreamToken::Jwt(wanted) => {
                if let Some(passed) = caller.passed() {
                    headers.insert(header::AUTHORIZATION, self.tokens.for_upstream(passed, wanted).await?);
                }
            }
        }
        Ok(())
    }
    async fn admit(&self, head: &Request<()>, target: &RequestTarget<'_>, peer: Option<Peer>) -> Result<Passage, Turned> {
        let mut asked = Asked {
            headers: head.headers(),
            method: head.method().as_str(),
            host: Some(&target.host),
            authority: Some(target.authority),
            secure: false,
            certificate: None,
            path: target.path,
            query: target.query,
            client_ip: None,
            min_revision: None,
        };
        match &self.door {
            Door::Guarded(entrance) => {
                asked.client_ip = entrance.client_address(peer, head.headers());
                asked.secure = entrance.is_secure(peer, head.headers());
                asked.certificate = entrance.certificate(peer, head.headers());
                asked.min_revision = entrance.min_revision(peer, head.headers())?;
                let Admitted { route, path, caller } = entrance.ask(&asked).await.map_err(|refusal| Turned(Box::new(refusal)))?;
                Ok(Passage { route, path, client_ip: asked.client_ip, secure: asked.secure, caller: Some(caller) })
            }
            Door::Open(routes) => {
                let found = routes.find(asked.host, asked.method, asked.path).map_err(|_| HttpFault::NoUpstream)?;
                Ok(Passage {
                    route: Arc::clone(found.route),
                    path: found.path,
                    client_ip: peer.map(|peer| peer.address.ip()),
                    secure: peer.is_some_and(|peer| peer.secure),
                    caller: None,
                })
            }
        }
    }
}

/// The request's body for the upstream: none where none came, or what is watched while it streams.
fn outgoing_body<B>(body: B, route: &GateRoute, is_upgrade: bool) -> Result<OutgoingBody, HttpFault>
where
    B: Body + Send + Unpin + 'static,
{
    if is_upgrade || body.is_end_stream() {
        return Ok(OutgoingBody::none());
    }
    if let (Some(most), Some(length)) = (route.body_max, body.size_hint().exact())
        && length > most
    {
        return Err(HttpFault::BodyTooLarge);
    }
    Ok(OutgoingBody::watched(WatchedBody::new(body, route.times.body_idle).within(route.times.body_total, route.body_max)))
}

impl<B> tower::Service<Request<B>> for ProxyService
where
    B: Body + Send + Unpin + 'static,
{
    type Response = Response<ProxyBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<ProxyBody>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }
    fn call(&mut self, request: Request<B>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move { Ok(this.handle(request).await) })
    }
}

/// The version of HTTP as `Via` names it.
fn version_name(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        _ => "1.1",
    }
}

#[cfg(test)]
mod tests;
