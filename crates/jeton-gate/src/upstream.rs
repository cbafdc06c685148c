//! The one type behind which an API stands that calls are passed on to. Must never tell a caller more of a failure than which
//! of three kinds it was, and never send anything that was not written anew.

use crate::{
    http_fault::HttpFault,
    route_table::{Times, duration},
};
use http::{HeaderValue, Request, Response, Uri, uri};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use jeton_core::{fault::Invalid, limits};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

mod body;

pub(crate) use body::OutgoingBody;
pub use body::WatchedBody;

/// How an upstream is reached.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UpstreamSpec {
    /// `http://host:port` or `https://host:port`, without path and user.
    pub url: String,
    /// Certificates that an `https` upstream is verified with, instead of the public ones.
    pub ca: Option<PathBuf>,
    /// The versions of HTTP that are spoken.
    pub speaks: Speaks,
    /// Time to connect.
    pub connect: Duration,
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

/// The upstreams of one configuration: one connection pool for each.
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
#[derive(Clone, Debug)]
pub struct Upstream {
    scheme: uri::Scheme,
    authority: uri::Authority,
    host: HeaderValue,
    speaks_http1: bool,
    client: Client<HttpsConnector<HttpConnector>, OutgoingBody>,
}

impl Upstream {
    fn new(spec: &UpstreamSpec) -> Result<Self, (&'static str, Invalid)> {
        let bad = || ("upstream", Invalid::new("must be `http://host:port` or `https://host:port`, without path and user"));
        let parts = spec.url.parse::<Uri>().map_err(|_| bad())?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else { return Err(bad()) };
        let secure = scheme == uri::Scheme::HTTPS;
        let plain_path = parts.path_and_query.is_none_or(|path| path.as_str() == "/");
        if !(secure || scheme == uri::Scheme::HTTP) || !plain_path || crate::request_target::normal_host(authority.as_str()).is_err() {
            return Err(bad());
        }
        if spec.ca.is_some() && !secure {
            return Err(("upstream_ca", Invalid::new("needs an `https` upstream")));
        }
        let host = HeaderValue::from_str(authority.as_str()).map_err(|_| bad())?;
        let speaks_http1 = spec.speaks == Speaks::Http1 || (spec.speaks == Speaks::Negotiated && !secure);
        Ok(Self { scheme, authority, host, speaks_http1, client: client(spec, secure)? })
    }
    /// What `Host` says to it.
    pub fn host(&self) -> &HeaderValue {
        &self.host
    }
    /// Whether no connection to it can be one of HTTP/2.
    pub(crate) fn speaks_http1(&self) -> bool {
        self.speaks_http1
    }
    /// The URI of a path and query there.
    pub(crate) fn uri(&self, path: &str, query: Option<&str>) -> Result<Uri, HttpFault> {
        let target = match query {
            Some(query) => uri::PathAndQuery::from_maybe_shared(bytes::Bytes::from(format!("{path}?{query}"))),
            None => uri::PathAndQuery::from_maybe_shared(bytes::Bytes::copy_from_slice(path.as_bytes())),
        };
        let mut parts = uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(target.map_err(|_| HttpFault::TargetForm)?);
        Uri::from_parts(parts).map_err(|_| HttpFault::TargetForm)
    }
    /// Sends a request and waits for the head of its answer: for `times.answer` after the last movement of its body.
    pub(crate) async fn send(&self, request: Request<OutgoingBody>, times: &Times) -> Result<Response<Incoming>, HttpFault> {
        let progress = request.body().progress();
        let sent = self.client.request(request);
        tokio::pin!(sent);
        let mut deadline = tokio::time::Instant::now() + times.answer;
        loop {
            match tokio::time::timeout_at(deadline, &mut sent).await {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(fault)) => {
                    return Err(progress.and_then(|progress| progress.fault()).unwrap_or_else(|| {
                        tracing::warn!(upstream = %self.authority, error = %Chain(&fault), "upstream failed");
                        if fault.is_connect() { HttpFault::UpstreamUnreachable } else { HttpFault::UpstreamBroken }
                    }));
                }
                Err(_) => {
                    let moved = progress.as_ref().map(|progress| progress.moved_at() + times.answer);
                    match moved {
                        Some(later) if later > deadline => deadline = later,
                        _ => {
                            tracing::warn!(upstream = %self.authority, "upstream did not answer in time");
                            return Err(HttpFault::UpstreamTimeout);
                        }
                    }
                }
            }
        }
    }
}

fn client(spec: &UpstreamSpec, secure: bool) -> Result<Client<HttpsConnector<HttpConnector>, OutgoingBody>, (&'static str, Invalid)> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(spec.connect));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = |fault: rustls::Error| ("upstream", Invalid::new(format!("cannot be spoken TLS to: {fault}")));
    let builder = match &spec.ca {
        Some(ca) => {
            let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(versions)?;
            HttpsConnectorBuilder::new().with_tls_config(config.with_root_certificates(roots(ca)?).with_no_client_auth())
        }
        None => HttpsConnectorBuilder::new().with_provider_and_webpki_roots(provider).map_err(versions)?,
    };
    let builder = if secure { builder.https_only() } else { builder.https_or_http() };
    let connector = match spec.speaks {
        Speaks::Negotiated => builder.enable_all_versions().wrap_connector(tcp),
        Speaks::Http1 => builder.enable_http1().wrap_connector(tcp),
        Speaks::Http2 => builder.enable_http2().wrap_connector(tcp),
    };
    Ok(Client::builder(TokioExecutor::new())
        .pool_idle_timeout(duration(limits::UPSTREAM_IDLE_TIME))
        .pool_max_idle_per_host(limits::UPSTREAM_IDLE_MAX)
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .set_host(false)
        .http1_max_headers(limits::HEADERS_MAX)
        .http1_max_buf_size(limits::HEADER_BYTES_MAX.max(64 * 1024))
        .http2_only(spec.speaks == Speaks::Http2)
        .http2_keep_alive_interval(duration(limits::HTTP2_PING_TIME))
        .build(connector))
}

/// The certificates of a PEM file.
fn roots(ca: &Path) -> Result<RootCertStore, (&'static str, Invalid)> {
    let bad = |why: String| ("upstream_ca", Invalid::new(format!("must be a file of certificates in PEM form: {why}")));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca).map_err(|fault| bad(fault.to_string()))? {
        let certificate = certificate.map_err(|fault| bad(fault.to_string()))?;
        roots.add(certificate).map_err(|fault| bad(fault.to_string()))?;
    }
    if roots.is_empty() { Err(bad("it holds none".into())) } else { Ok(roots) }
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
