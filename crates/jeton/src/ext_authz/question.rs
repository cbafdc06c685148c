//! The request that Envoy asks about, out of its message. Never fills in what is missing, and never takes a field that the client
//! sent for one of Envoy's own.

use bytes::Bytes;
use envoy_types::{ext_authz::v3::pb::Address, pb::envoy::service::auth::v3::AttributeContext};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header};
use jeton_core::{client_certificate, limits, network};
use jeton_gate::{
    entrance::{Admitted, Asked, Entrance},
    http_fault::HttpFault,
    min_revision,
    request_target::RequestTarget,
};
use std::net::IpAddr;

/// The original request, without a body.
pub(super) struct Original {
    /// Method, target and fields.
    pub(super) request: Request<()>,
    /// Who the client is, as Envoy found out: it is the one that knows how many proxies stand before it.
    pub(super) client_ip: Option<IpAddr>,
    secure: bool,
    certificate: Option<[u8; 32]>,
}

impl Original {
    /// Reads the message.
    pub(super) fn read(attributes: AttributeContext) -> Result<Self, HttpFault> {
        let http = attributes.request.and_then(|request| request.http).ok_or(HttpFault::NoOriginalMethod)?;
        let source = attributes.source.unwrap_or_default();
        let mut headers = match http.header_map {
            Some(map) => fields(map.headers.iter().map(|field| {
                let value = if field.raw_value.is_empty() { field.value.as_bytes() } else { &field.raw_value };
                (field.key.as_str(), value)
            }))?,
            None => fields(http.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())))?,
        };
        headers.insert(header::HOST, HeaderValue::try_from(http.host).map_err(|_| HttpFault::Host)?);
        let mut request = Request::new(());
        *request.method_mut() = Method::from_bytes(http.method.as_bytes()).map_err(|_| HttpFault::NoOriginalMethod)?;
        *request.uri_mut() = http.path.parse().map_err(|_| HttpFault::TargetForm)?;
        *request.headers_mut() = headers;
        let address = source.address.and_then(|address| address.address).and_then(|address| match address {
            Address::SocketAddress(socket) => socket.address.parse::<IpAddr>().ok(),
            _ => None,
        });
        Ok(Self {
            request,
            client_ip: address.map(network::canonical),
            secure: http.scheme.eq_ignore_ascii_case("https"),
            certificate: client_certificate::read_header(source.certificate.as_bytes()).map(|der| client_certificate::thumbprint(&der)),
        })
    }
    /// Puts it to the gate; how new the answer must be, Envoy says among the fields of its own call.
    pub(super) async fn ask(&self, entrance: &Entrance, said: &HeaderMap) -> Result<Admitted, Response<Bytes>> {
        let target = RequestTarget::read(&self.request).map_err(HttpFault::response)?;
        let asked = Asked {
            headers: self.request.headers(),
            method: self.request.method().as_str(),
            host: Some(&target.host),
            authority: Some(target.authority),
            secure: self.secure,
            certificate: self.certificate,
            path: target.path,
            query: target.query,
            client_ip: self.client_ip,
            min_revision: min_revision::read(said).map_err(HttpFault::response)?,
        };
        entrance.ask(&asked).await
    }
}

/// The client's fields. Envoy puts what stands in pseudo fields among them, and joins fields of one name with a comma, which no
/// credential holds.
fn fields<'a>(told: impl Iterator<Item = (&'a str, &'a [u8])>) -> Result<HeaderMap, HttpFault> {
    let mut headers = HeaderMap::new();
    for (name, value) in told.filter(|(name, _)| !name.starts_with(':')) {
        if headers.len() >= limits::HEADERS_MAX {
            return Err(HttpFault::Headers);
        }
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| HttpFault::Contradiction)?;
        headers.append(name, HeaderValue::from_bytes(value).map_err(|_| HttpFault::Contradiction)?);
    }
    Ok(headers)
}
