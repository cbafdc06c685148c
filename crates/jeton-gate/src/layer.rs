//! The gate as a tower layer: a service behind it is called only for requests that a decision let through.
//!
//! ```
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use jeton_gate::{Gate, layer::{GateLayer, Permitted}};
//! use std::convert::Infallible;
//! use tower::{Layer, Service, ServiceExt, service_fn};
//!
//! async fn orders(request: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, Infallible> {
//!     let subject = request.extensions().get::<Permitted>().map(Permitted::subject);
//!     Ok(Response::new(Full::from(format!("orders of {}", subject.unwrap_or_default()))))
//! }
//!
//! # async fn example(gate: Gate) -> Result<(), Infallible> {
//! let service = GateLayer::new(gate, "https://api.example.com").layer(service_fn(orders));
//! let refused = service.oneshot(Request::new(Full::default())).await?;
//! assert_eq!(refused.status(), 401);
//! # Ok(())
//! # }
//! ```

use crate::{
    answer,
    check::{Gate, Passed, Question, Refused},
    connection::Peer,
    credential::{Credential, CredentialRules, Scheme},
    dpop::{self, CalledUrl, Offered},
};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, header};
use http_body_util::{Either, Full};
use jeton_core::{
    change::Revision,
    decide::Permit,
    demand::Call,
    denial::Denial,
    id::TokenId,
    path::{NormalPath, PathRules},
    scope::Scope,
};
use std::{
    future::Future,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tower::{Layer, Service};

/// What the decision on a request rests on, among the extensions of every request that reaches the inner service.
#[derive(Clone, Debug)]
pub struct Permitted(pub Passed);

impl Permitted {
    /// Whom the token speaks for.
    pub fn subject(&self) -> &str {
        self.0.token.subject()
    }
    /// The OAuth client that the token was issued to, where there is one.
    pub fn client_id(&self) -> Option<&str> {
        self.0.token.client_id()
    }
    /// The token's public id, for logs.
    pub fn token(&self) -> TokenId {
        self.0.permit.token()
    }
    /// Whether the token may do this as well: for what a handler decides by itself, beyond what the route demands.
    pub fn may(&self, scope: &Scope) -> bool {
        self.0.token.scopes().covers(scope)
    }
    /// The proof that a decision was made in favour of this request.
    pub const fn permit(&self) -> Permit {
        self.0.permit
    }
}

/// The client's address of a request, put among its extensions by whoever knows it (the server, or what reads the headers of
/// trusted proxies). Without it no token with networks passes.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

/// The address that callers know the service by, such as `https://api.example.com`, without a slash at its end: put among a
/// request's extensions where TLS ends at a proxy, so that DPoP proofs are compared with it.
#[derive(Clone, Debug)]
pub struct CalledAt(pub Arc<str>);

/// How new the answer must be at least, put among a request's extensions by whoever may ask for it: such as a service that
/// has just revoked a token. The field `Jeton-Min-Revision` of a request is not believed.
#[derive(Clone, Copy, Debug)]
pub struct MinRevision(pub Revision);

/// Puts a gate in front of a service.
#[derive(Clone)]
pub struct GateLayer {
    gate: Gate,
    rules: Arc<Rules>,
}

struct Rules {
    audience: Box<str>,
    scopes: Vec<Scope>,
    credentials: CredentialRules,
    paths: PathRules,
}

/// A service behind a gate.
#[derive(Clone)]
pub struct Guarded<S> {
    gate: Gate,
    rules: Arc<Rules>,
    inner: S,
}

impl GateLayer {
    /// Lets through what the catalogue demands of calls to `audience`.
    pub fn new(gate: Gate, audience: &str) -> Self {
        let rules =
            Rules { audience: audience.into(), scopes: Vec::new(), credentials: CredentialRules::default(), paths: PathRules::default() };
        Self { gate, rules: Arc::new(rules) }
    }
    /// Demands these scopes of every call besides.
    #[must_use]
    pub fn with_scopes(self, scopes: Vec<Scope>) -> Self {
        self.changed(|rules| rules.scopes = scopes)
    }
    /// Takes credentials from other places too.
    #[must_use]
    pub fn with_credentials(self, credentials: CredentialRules) -> Self {
        self.changed(|rules| rules.credentials = credentials)
    }
    /// Allows more forms of paths.
    #[must_use]
    pub fn with_paths(self, paths: PathRules) -> Self {
        self.changed(|rules| rules.paths = paths)
    }
    fn changed(self, change: impl FnOnce(&mut Rules)) -> Self {
        let own = &self.rules;
        let mut rules =
            Rules { audience: own.audience.clone(), scopes: own.scopes.clone(), credentials: own.credentials.clone(), paths: own.paths };
        change(&mut rules);
        Self { gate: self.gate, rules: Arc::new(rules) }
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = Guarded<S>;
    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { gate: self.gate.clone(), rules: Arc::clone(&self.rules), inner }
    }
}

impl<S, B, R> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response<Either<R, Full<Bytes>>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }
    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that is ready goes with the request; a copy of it takes its place.
        let next = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, next);
        let (gate, rules) = (self.gate.clone(), Arc::clone(&self.rules));
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let asked = Asked { method: &head.method, headers: &head.headers, uri: &head.uri, extensions: &head.extensions };
            match ask(&gate, &rules, &asked).await {
                Ok(passed) => forward(inner, Request::from_parts(head, body), passed, &rules).await,
                Err(refused) => {
                    let refusal = answer::refusal(&refused, gate.settings());
                    let refusal = if head.method == Method::HEAD { answer::without_body(refusal) } else { refusal };
                    Ok(refusal.map(|body| Either::Right(Full::new(body))))
                }
            }
        })
    }
}

/// The parts of a request that a decision looks at.
struct Asked<'a> {
    method: &'a Method,
    headers: &'a HeaderMap,
    uri: &'a http::Uri,
    extensions: &'a http::Extensions,
}

async fn ask(gate: &Gate, rules: &Rules, asked: &Asked<'_>) -> Result<Passed, Refused> {
    let path = NormalPath::parse(asked.uri.path(), rules.paths);
    let credential = match &path {
        Ok(_) => Credential::from_request(asked.headers, asked.uri.query(), &rules.credentials),
        Err(_) => Err(Denial::AmbiguousPath),
    };
    let call = path.as_ref().ok().map(|path| Call { method: asked.method.as_str(), path });
    let peer = asked.extensions.get::<Peer>();
    let is_dpop = credential.is_ok_and(|credential| credential.scheme() == Scheme::Dpop);
    let question = Question {
        audience: Some(&rules.audience),
        scopes: &rules.scopes,
        call,
        client_ip: asked.extensions.get::<ClientAddress>().map(|address| address.0),
        offered: if is_dpop { offered(asked, peer) } else { Offered::NONE },
        certificate: peer.and_then(|peer| peer.certificate),
        min_revision: asked.extensions.get::<MinRevision>().map(|wanted| wanted.0),
        user_agent: asked.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()),
        ..Question::new(credential)
    };
    gate.check(&question).await
}

/// The proof of a request. Its address is what [`CalledAt`] says, or else its host below the scheme of its connection.
fn offered<'a>(asked: &Asked<'a>, peer: Option<&Peer>) -> Offered<'a> {
    let path = asked.uri.path();
    let authority = || asked.uri.authority().map(http::uri::Authority::as_str);
    let host = || asked.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let url = match (asked.extensions.get::<CalledAt>(), authority().or_else(host)) {
        (Some(CalledAt(base)), _) => CalledUrl::Below { base, path },
        (None, Some(authority)) => CalledUrl::Parts { secure: peer.is_some_and(|peer| peer.secure), authority, path },
        (None, None) => CalledUrl::Unknown,
    };
    Offered::from_headers(asked.headers, asked.method.as_str(), url)
}

/// Calls the inner service. Takes what only a decision in favour makes.
async fn forward<S, B, R>(
    mut inner: S,
    mut request: Request<B>,
    passed: Passed,
    rules: &Rules,
) -> Result<Response<Either<R, Full<Bytes>>>, S::Error>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    strip(request.headers_mut(), rules);
    answer::identify(&passed, request.headers_mut());
    request.extensions_mut().insert(Permitted(passed.clone()));
    let mut response = inner.call(request).await?;
    answer::decorate(&passed, response.headers_mut());
    Ok(response.map(Either::Left))
}

/// Takes away the credential, and whatever the caller said in the gate's name.
fn strip(headers: &mut HeaderMap, rules: &Rules) {
    headers.remove(header::AUTHORIZATION);
    headers.remove(dpop::PROOF);
    for name in &rules.credentials.api_key_headers {
        headers.remove(name);
    }
    let own: Vec<_> = headers
        .keys()
        .filter(|name| name.as_str().replace(['_', '.'], "-").trim_start_matches("x-").starts_with("jeton-"))
        .cloned()
        .collect();
    for name in own {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests;
