//! The one type behind which an API stands that calls are passed on to: one address or several, chosen for each call. Must never send
//! anything that was not written anew, nor anything twice that may have been acted on.

use crate::{http_fault::HttpFault, route_table::Times};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, header, uri::PathAndQuery};
use jeton_core::{fault::Invalid, limits};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use target::Target;

mod body;
mod client;
mod patience;
mod pool;
mod probe;
mod target;
mod upstream_body;
mod wire;

use body::Home;
pub(crate) use body::OutgoingBody;
pub use body::WatchedBody;
pub use probe::Probe;
pub(crate) use target::Busy;
pub use upstream_body::UpstreamBody;

/// How an upstream is reached.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UpstreamSpec {
    /// `http://host:port` or `https://host:port` each, without path and user; one at least, and all of one scheme.
    pub urls: Vec<String>,
    /// Which of them a call goes to.
    pub balance: Balance,
    /// How often a call is tried again elsewhere, where that is safe.
    pub retries: u32,
    /// How it is found out which of them are well, besides by calls that fail.
    pub probe: Option<Probe>,
    /// Certificates that `https` addresses are verified with, instead of the public ones.
    pub ca: Option<PathBuf>,
    /// What this end shows to `https` addresses.
    pub identity: Option<Identity>,
    /// The versions of HTTP that are spoken.
    pub speaks: Speaks,
    /// Time to connect.
    pub connect: Duration,
}

/// A client certificate with its key, in PEM files.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The chain, the leaf first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// The versions of HTTP that are spoken to an upstream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Speaks {
    /// HTTP/1.1, and HTTP/2 where TLS agrees on it.
    #[default]
    Negotiated,
    /// HTTP/1.1 only.
    Http1,
    /// HTTP/2 only, without asking.
    Http2,
}

impl Speaks {
    /// Whether no connection can be one of HTTP/2: only TLS agrees on it.
    fn only_http1(self, secure: bool) -> bool {
        self == Self::Http1 || (self == Self::Negotiated && !secure)
    }
}

/// Which of several addresses a call goes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Balance {
    /// The next one each time.
    #[default]
    RoundRobin,
    /// The one with the fewest calls under way.
    LeastRequests,
}

/// The upstreams of one configuration: routes that name the same one share its connections.
#[derive(Debug, Default)]
pub struct Upstreams(HashMap<UpstreamSpec, Arc<Upstream>>);

impl Upstreams {
    /// The upstream of `spec`; a fault names the key that it is about.
    pub fn connect(&mut self, spec: UpstreamSpec) -> Result<Arc<Upstream>, (&'static str, Invalid)> {
        if let Some(known) = self.0.get(&spec) {
            return Ok(Arc::clone(known));
        }
        let upstream = Arc::new(Upstream::new(&spec)?);
        self.0.insert(spec, Arc::clone(&upstream));
        Ok(upstream)
    }
}

/// One API behind the gate.
#[derive(Debug)]
pub struct Upstream {
    targets: Box<[Target]>,
    balance: Balance,
    retries: u32,
    probe: Option<Probe>,
    probed: AtomicBool,
    next: AtomicUsize,
    speaks_http1: bool,
}

/// The head of a call on its way: what stays the same wherever it goes.
pub(crate) struct Head {
    pub(crate) method: Method,
    pub(crate) target: PathAndQuery,
    /// Without `Host`, unless the client's is kept.
    pub(crate) headers: HeaderMap,
}

impl Upstream {
    fn new(spec: &UpstreamSpec) -> Result<Self, (&'static str, Invalid)> {
        if spec.urls.is_empty() || spec.urls.len() > limits::UPSTREAM_ADDRESSES_MAX {
            return Err(("upstream", Invalid::new(format!("must name 1 to {} addresses", limits::UPSTREAM_ADDRESSES_MAX))));
        }
        let targets = spec.urls.iter().map(|url| Target::new(url, spec)).collect::<Result<Box<[_]>, _>>()?;
        let secure = targets.iter().all(Target::is_secure);
        if !secure && targets.iter().any(Target::is_secure) {
            return Err(("upstream", Invalid::new("must name addresses of one scheme, `http` or `https`")));
        }
        for (key, is_set) in [("upstream_ca", spec.ca.is_some()), ("upstream_certificate", spec.identity.is_some())] {
            if is_set && !secure {
                return Err((key, Invalid::new("needs an `https` upstream")));
            }
        }
        Ok(Self {
            targets,
            balance: spec.balance,
            retries: spec.retries,
            probe: spec.probe.clone(),
            probed: AtomicBool::new(false),
            next: AtomicUsize::new(0),
            speaks_http1: spec.speaks.only_http1(secure),
        })
    }
    /// Whether no connection to it can be one of HTTP/2.
    pub(crate) fn speaks_http1(&self) -> bool {
        self.speaks_http1
    }
    /// All its addresses.
    fn targets(&self) -> &[Target] {
        &self.targets
    }
    /// Sends a call and waits for the head of its answer. What is handed out besides counts as a call under way until it is dropped.
    pub(crate) async fn send(
        self: &Arc<Self>,
        mut head: Head,
        mut body: OutgoingBody,
        times: &Times,
    ) -> Result<(Response<UpstreamBody>, Option<Busy>), HttpFault> {
        self.watch();
        let mut left = self.retries;
        let mut last = None;
        loop {
            let (at, target) = self.choose(last).ok_or(HttpFault::NoUpstream)?;
            let busy = (self.targets.len() > 1).then(|| target.take());
            let home = (left > 0).then(|| body.come_back());
            // The head is kept for another try only where there may be one.
            let headers = if home.is_some() { head.headers.clone() } else { std::mem::take(&mut head.headers) };
            let answer = target.send(&mut request(target, &head, headers, body)?, times).await;
            let fault = match answer {
                Ok(response) => return Ok((response, busy)),
                Err(fault) => fault,
            };
            body = match home.and_then(Home::take) {
                Some(unspent) if may_repeat(fault, &head.method, &unspent) => unspent,
                _ => return Err(fault),
            };
            metrics::counter!("jeton_upstream_retries_total").increment(1);
            (left, last) = (left - 1, Some(at));
        }
    }
    /// The address that a call goes to: one that is well, or else any; never the one that has just failed, if there is another.
    fn choose(&self, but: Option<usize>) -> Option<(usize, &Target)> {
        let count = self.targets.len();
        if count == 1 {
            return self.targets.first().map(|only| (0, only));
        }
        let first = self.next.fetch_add(1, Ordering::Relaxed) % count.max(1);
        let turn = || (first..count).chain(0..first).filter(|at| Some(*at) != but).filter_map(|at| Some((at, self.targets.get(at)?)));
        let mut well = turn().filter(|(_, target)| target.is_well());
        let chosen = match self.balance {
            Balance::RoundRobin => well.next(),
            Balance::LeastRequests => well.min_by_key(|(_, target)| target.busy()),
        };
        chosen.or_else(|| turn().next())
    }
    /// Begins the probes with the first call: before that nobody waits for an answer, and a configuration can be read without them.
    fn watch(self: &Arc<Self>) {
        if let Some(probe) = &self.probe
            && !self.probed.swap(true, Ordering::Relaxed)
        {
            tokio::spawn(probe::watch(Arc::downgrade(self), probe.clone()));
        }
    }
}

/// A path and query as they are passed on.
pub(crate) fn target(path: &str, query: Option<&str>) -> Result<PathAndQuery, HttpFault> {
    let read = match query {
        Some(query) => PathAndQuery::from_maybe_shared(Bytes::from(format!("{path}?{query}"))),
        None => PathAndQuery::from_maybe_shared(Bytes::copy_from_slice(path.as_bytes())),
    };
    read.map_err(|_| HttpFault::TargetForm)
}

/// The call as one address gets it.
fn request(target: &Target, head: &Head, headers: HeaderMap, body: OutgoingBody) -> Result<Request<OutgoingBody>, HttpFault> {
    let mut request = Request::new(body);
    *request.method_mut() = head.method.clone();
    *request.uri_mut() = target.uri(head.target.clone())?;
    *request.headers_mut() = headers;
    request.headers_mut().entry(header::HOST).or_insert_with(|| target.host().clone());
    Ok(request)
}

/// Whether a call that failed may be sent again: nobody was reached, or it is one that changes nothing by coming twice (RFC 9110,
/// section 9.2.2) and has no body. Its body, where it has one, came back untouched, or it would not be asked.
fn may_repeat(fault: HttpFault, method: &Method, body: &OutgoingBody) -> bool {
    match fault {
        HttpFault::UpstreamUnreachable => true,
        HttpFault::UpstreamBroken => method.is_idempotent() && body.is_none(),
        _ => false,
    }
}
