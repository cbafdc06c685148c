//! `GET /.well-known/oauth-protected-resource/{id}`: what a client must know of an API to get a token for it (RFC 9728). Open to
//! everybody, since a client asks before it has a token; says nothing that the API's owner did not write for others to see.

use crate::{
    authority::{Authority, Shared},
    config::ClientCertificates,
    problem::Problem,
};
use axum::{
    body::Body,
    extract::{Path, State},
    response::Response,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use jeton_core::{api::Api, id::ApiId};
use jeton_gate::{dpop, request_target::RequestTarget};
use serde::Serialize;

/// Where the metadata of all APIs stands, the id of one behind it.
pub const PREFIX: &str = "/.well-known/oauth-protected-resource";

/// How long it may be kept.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// The metadata of one API.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProtectedResource<'a> {
    /// The API's audience: what tokens name it by.
    resource: &'a str,
    /// Its name for people.
    resource_name: &'a str,
    /// Who issues tokens for it.
    authorization_servers: [&'a str; 1],
    /// The scopes that it knows.
    scopes_supported: Vec<&'a str>,
    /// How a token is presented.
    bearer_methods_supported: [&'a str; 1],
    /// The algorithms of DPoP proofs.
    dpop_signing_alg_values_supported: [&'a str; dpop::ALGORITHMS.len()],
    /// Whether tokens may be bound to certificates of clients.
    tls_client_certificate_bound_access_tokens: bool,
}

/// The address that the id of an API is put behind: on the issuer's origin.
pub fn base(issuer: &str) -> String {
    let origin = url::Url::parse(issuer).map_or_else(|_| issuer.to_owned(), |url| url.origin().ascii_serialization());
    format!("{origin}{PREFIX}/")
}

/// Show what a client must know of an API to get a token for it.
#[utoipa::path(get, path = "/.well-known/oauth-protected-resource/{id}", tag = "apis", security(()),
    params(("id" = String, Path, description = "the API's id")),
    responses((status = OK, body = ProtectedResource)))]
pub async fn show_protected_resource(State(authority): State<Shared>, Path(id): Path<String>) -> Result<Response, Problem> {
    let api = ApiId::parse(&id).ok().and_then(|id| authority.gate.api_of(id)).ok_or_else(|| Problem::not_found("API"))?;
    Ok(document(&authority, &api).map(Body::from))
}

/// The document at the host of the API itself, where a request asks for that of an API which is guarded here under its own
/// address (RFC 9728, section 3.1): `None` for every other request.
pub fn at_own_host<B>(authority: &Authority, request: &http::Request<B>) -> Option<http::Response<Bytes>> {
    let below = request.uri().path().strip_prefix(PREFIX).filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
    if !matches!(*request.method(), http::Method::GET | http::Method::HEAD) {
        return None;
    }
    let target = RequestTarget::read(request).ok()?;
    if !authority.claimed_hosts.iter().any(|host| **host == *target.host) {
        return None;
    }
    let place = format!("{}{below}", target.authority.to_ascii_lowercase());
    // In the clear only where nothing leaves the machine: while an API is being written.
    let schemes = if is_loopback(&target.host) { &["https", "http"][..] } else { &["https"] };
    let mut named = schemes.iter().flat_map(|scheme| ["", "/"].map(|end| format!("{scheme}://{place}{end}")));
    let api = named.find_map(|audience| authority.gate.api(&audience))?;
    Some(document(authority, &api))
}

/// Whether a host is this machine.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn document(authority: &Authority, api: &Api) -> http::Response<Bytes> {
    let tls = &authority.config.tls;
    let metadata = ProtectedResource {
        resource: api.audience.as_str(),
        resource_name: api.name.as_str(),
        authorization_servers: [&authority.config.issuer],
        scopes_supported: api.scopes.iter().map(|scope| scope.scope.as_str()).collect(),
        bearer_methods_supported: ["header"],
        dpop_signing_alg_values_supported: dpop::ALGORITHMS,
        tls_client_certificate_bound_access_tokens: tls.client_certificates == ClientCertificates::Request
            || tls.client_certificate_header.is_some(),
    };
    let mut response = http::Response::new(Bytes::from(serde_json::to_vec(&metadata).unwrap_or_default()));
    open(response.headers_mut());
    response
}

/// For everybody, from every page, for a while.
fn open(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, CACHE);
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_on_the_issuers_origin() {
        let base = base("https://auth.example.com:8443/tenant");
        assert_eq!(base, "https://auth.example.com:8443/.well-known/oauth-protected-resource/");
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        assert!(["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "::1"].iter().all(|host| is_loopback(host)));
        assert!(!["api.example.com", "10.0.0.1", "localhost.example.com", "[::2]", ""].iter().any(|host| is_loopback(host)));
    }
}
