//! One address of an upstream, and how it has done of late. Must never tell a caller more of a failure than which of three kinds it was.

use super::{
    OutgoingBody, UpstreamSpec,
    client::{SendFault, UpstreamClient},
    patience::Patience,
    upstream_body::UpstreamBody,
};
use crate::{
    http_fault::HttpFault,
    request_target::normal_host,
    route_table::{Times, duration},
};
use http::{HeaderValue, Request, Response, Uri, uri};
use jeton_core::{fault::Invalid, limits};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
    time::Instant,
};

/// One address.
#[derive(Debug)]
pub(super) struct Target {
    scheme: uri::Scheme,
    authority: uri::Authority,
    host: HeaderValue,
    client: UpstreamClient,
    /// Requests under way.
    busy: Arc<AtomicUsize>,
    /// What probes found.
    up: AtomicBool,
    /// Failures since it last answered.
    failures: AtomicU32,
    /// Until when it is passed over, in milliseconds since `begun`.
    out_until: AtomicU64,
    begun: Instant,
}

/// A request under way; over when this is dropped.
#[derive(Debug)]
pub(crate) struct Busy(Arc<AtomicUsize>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Target {
    pub(super) fn new(url: &str, spec: &UpstreamSpec) -> Result<Self, (&'static str, Invalid)> {
        let bad = || ("upstream", Invalid::new("must be `http://host:port` or `https://host:port`, without path and user"));
        let parts = url.parse::<Uri>().map_err(|_| bad())?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else { return Err(bad()) };
        let secure = scheme == uri::Scheme::HTTPS;
        let plain_path = parts.path_and_query.is_none_or(|path| path.as_str() == "/");
        if !(secure || scheme == uri::Scheme::HTTP) || !plain_path || normal_host(authority.as_str()).is_err() {
            return Err(bad());
        }
        Ok(Self {
            host: HeaderValue::from_str(authority.as_str()).map_err(|_| bad())?,
            client: UpstreamClient::new(spec, secure, whole(&scheme, &authority, root()).map_err(|_| bad())?)?,
            scheme,
            authority,
            busy: Arc::default(),
            up: AtomicBool::new(true),
            failures: AtomicU32::new(0),
            out_until: AtomicU64::new(0),
            begun: Instant::now(),
        })
    }
    /// What `Host` says to it.
    pub(super) fn host(&self) -> &HeaderValue {
        &self.host
    }
    pub(super) fn is_secure(&self) -> bool {
        self.scheme == uri::Scheme::HTTPS
    }
    pub(super) fn name(&self) -> &str {
        self.authority.as_str()
    }
    /// The URI of a path and query there, as its client takes it.
    pub(super) fn uri(&self, target: uri::PathAndQuery) -> Result<Uri, HttpFault> {
        match &self.client {
            UpstreamClient::Http1(_) => Ok(target.into()),
            UpstreamClient::Negotiating(_) => whole(&self.scheme, &self.authority, target).map_err(|_| HttpFault::TargetForm),
        }
    }
    /// Whether requests should go there: its probes succeed, and it did not fail too often in a row just now.
    pub(super) fn is_well(&self) -> bool {
        self.up.load(Ordering::Relaxed) && self.out_until.load(Ordering::Relaxed) <= self.millis()
    }
    /// How many requests are under way there.
    pub(super) fn busy(&self) -> usize {
        self.busy.load(Ordering::Relaxed)
    }
    /// Counts a request.
    pub(super) fn take(&self) -> Busy {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy(Arc::clone(&self.busy))
    }
    /// What a probe found.
    pub(super) fn probed(&self, up: bool) {
        metrics::gauge!("jeton_upstream_up", "upstream" => self.name().to_owned()).set(if up { 1.0 } else { 0.0 });
        if self.up.swap(up, Ordering::Relaxed) != up {
            tracing::warn!(upstream = self.name(), up, "what probes of an upstream find has changed");
        }
        if up {
            self.succeeded();
        }
    }
    fn succeeded(&self) {
        // Read first: nearly always nothing failed, and nobody else's copy of the counter is taken away.
        if self.failures.load(Ordering::Relaxed) != 0 {
            self.failures.store(0, Ordering::Relaxed);
            self.out_until.store(0, Ordering::Relaxed);
        }
    }
    fn failed(&self) {
        let failures = self.failures.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if failures >= limits::UPSTREAM_FAILURES_MAX {
            metrics::counter!("jeton_upstream_rests_total", "upstream" => self.name().to_owned()).increment(1);
            let rest = u64::try_from(duration(limits::UPSTREAM_REST_TIME).as_millis()).unwrap_or(u64::MAX);
            self.out_until.store(self.millis().saturating_add(rest), Ordering::Relaxed);
        }
    }
    fn millis(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
    /// Sends a request and waits for the head of its answer: for `times.answer` after the last movement of its body. The request is
    /// taken out of its place at the very end of the way: handed from one function to the next it would be copied by each.
    pub(super) async fn send(&self, request: &mut Request<OutgoingBody>, times: &Times) -> Result<Response<UpstreamBody>, HttpFault> {
        let answer = self.exchange(request, times).await;
        match answer {
            Ok(_) => self.succeeded(),
            Err(HttpFault::UpstreamUnreachable | HttpFault::UpstreamBroken | HttpFault::UpstreamTimeout) => self.failed(),
            Err(_) => {}
        }
        answer
    }
    async fn exchange(&self, request: &mut Request<OutgoingBody>, times: &Times) -> Result<Response<UpstreamBody>, HttpFault> {
        let progress = request.body().progress();
        let mut patience = Patience::new(times.answer, progress.clone());
        let (fault, error) = match self.client.send(request, &mut patience).await {
            Ok(answer) => return Ok(answer),
            Err(SendFault::Silent) => {
                tracing::warn!(upstream = %self.authority, "upstream did not answer in time");
                return Err(HttpFault::UpstreamTimeout);
            }
            Err(SendFault::Unreachable(error)) => (HttpFault::UpstreamUnreachable, error),
            Err(SendFault::Broken(error)) => (HttpFault::UpstreamBroken, error),
        };
        Err(progress.and_then(|progress| progress.fault()).unwrap_or_else(|| {
            tracing::warn!(upstream = %self.authority, error = %Chain(&*error), "upstream failed");
            fault
        }))
    }
}

fn root() -> uri::PathAndQuery {
    uri::PathAndQuery::from_static("/")
}

fn whole(scheme: &uri::Scheme, authority: &uri::Authority, target: uri::PathAndQuery) -> Result<Uri, uri::InvalidUriParts> {
    let mut parts = uri::Parts::default();
    parts.scheme = Some(scheme.clone());
    parts.authority = Some(authority.clone());
    parts.path_and_query = Some(target);
    Uri::from_parts(parts)
}

/// An error with all that caused it, for the log.
struct Chain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(inner) = cause {
            write!(f, ": {inner}")?;
            cause = inner.source();
        }
        Ok(())
    }
}
