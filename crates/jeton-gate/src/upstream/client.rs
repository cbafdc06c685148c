//! The HTTP client that speaks to one upstream: versions, TLS, certificates, pool. Must never speak plainly where `https` was
//! configured, nor to anybody whose certificate does not fit.

use super::{OutgoingBody, Speaks, UpstreamSpec, patience::Patience, pool::Pool, upstream_body::UpstreamBody};
use crate::route_table::duration;
use http::{Request, Response, Uri};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use jeton_core::{fault::Invalid, limits};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::{path::Path, sync::Arc};

/// A fault with the key that it is about.
type Fault = (&'static str, Invalid);

/// The client of one address of an upstream.
#[derive(Debug)]
pub(super) enum UpstreamClient {
    /// Where nothing but HTTP/1.1 is spoken: our own connections.
    Http1(Arc<Pool>),
    /// Where HTTP/2 may be.
    Negotiating(Box<Client<HttpsConnector<HttpConnector>, OutgoingBody>>),
}

/// Why there is no answer.
pub(super) enum SendFault {
    /// Nobody was reached.
    Unreachable(BoxError),
    /// The connection failed, or what came is no HTTP.
    Broken(BoxError),
    /// No answer came in time.
    Silent,
}

/// An error of a library.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl UpstreamClient {
    /// The client of `address`, whose scheme is `https` if it is `secure`.
    pub(super) fn new(spec: &UpstreamSpec, secure: bool, address: Uri) -> Result<Self, Fault> {
        let connector = connector(spec, secure)?;
        if spec.speaks.only_http1(secure) {
            return Ok(Self::Http1(Pool::new(connector, address)));
        }
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(duration(limits::UPSTREAM_IDLE_TIME))
            .pool_max_idle_per_host(limits::UPSTREAM_IDLE_MAX)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .set_host(false)
            .http1_max_headers(limits::HEADERS_MAX)
            .http1_max_buf_size(limits::HEADER_BYTES_MAX.max(64 * 1024))
            .http2_only(spec.speaks == Speaks::Http2)
            .http2_keep_alive_interval(duration(limits::HTTP2_PING_TIME))
            .build(connector);
        Ok(Self::Negotiating(Box::new(client)))
    }
    /// Sends a call and waits for the head of its answer.
    pub(super) async fn send(
        &self,
        call: &mut Request<OutgoingBody>,
        patience: &mut Patience,
    ) -> Result<Response<UpstreamBody>, SendFault> {
        match self {
            Self::Http1(pool) => pool.send(call, patience).await,
            Self::Negotiating(client) => match Box::pin(patience.wait_for(client.request(std::mem::take(call)))).await {
                None => Err(SendFault::Silent),
                Some(Ok(answer)) => Ok(answer.map(UpstreamBody::from)),
                Some(Err(fault)) if fault.is_connect() => Err(SendFault::Unreachable(fault.into())),
                Some(Err(fault)) => Err(SendFault::Broken(fault.into())),
            },
        }
    }
}

/// What opens connections.
pub(super) fn connector(spec: &UpstreamSpec, secure: bool) -> Result<HttpsConnector<HttpConnector>, Fault> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(spec.connect));
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls(spec)?);
    let builder = if secure { builder.https_only() } else { builder.https_or_http() };
    Ok(match spec.speaks {
        speaks if speaks.only_http1(secure) => builder.enable_http1().wrap_connector(tcp),
        Speaks::Http2 => builder.enable_http2().wrap_connector(tcp),
        Speaks::Http1 | Speaks::Negotiated => builder.enable_all_versions().wrap_connector(tcp),
    })
}

/// Whom the other end must be, and who this end is.
fn tls(spec: &UpstreamSpec) -> Result<ClientConfig, Fault> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = |fault: rustls::Error| ("upstream", Invalid::new(format!("cannot be spoken TLS to: {fault}")));
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(versions)?;
    let builder = match &spec.ca {
        Some(ca) => builder.with_root_certificates(roots(ca)?),
        None => builder.with_webpki_roots(),
    };
    let Some(own) = &spec.identity else { return Ok(builder.with_no_client_auth()) };
    let chain = certificates("upstream_certificate", &own.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&own.key)
        .map_err(|fault| ("upstream_key", Invalid::new(format!("must be a file with a private key in PEM form: {fault}"))))?;
    let unfit = |fault: rustls::Error| ("upstream_key", Invalid::new(format!("does not go with `upstream_certificate`: {fault}")));
    builder.with_client_auth_cert(chain, key).map_err(unfit)
}

/// The certificates of a PEM file, one at least.
fn certificates(key: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let bad = |why: String| (key, Invalid::new(format!("must be a file of certificates in PEM form: {why}")));
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let all = read.map_err(|fault| bad(fault.to_string()))?;
    if all.is_empty() { Err(bad("it holds none".into())) } else { Ok(all) }
}

/// The authorities of a PEM file.
fn roots(ca: &Path) -> Result<RootCertStore, Fault> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("upstream_ca", ca)? {
        let unfit = |fault: rustls::Error| ("upstream_ca", Invalid::new(format!("must hold certificates of authorities: {fault}")));
        roots.add(certificate).map_err(unfit)?;
    }
    Ok(roots)
}
