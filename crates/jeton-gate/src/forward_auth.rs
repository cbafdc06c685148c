//! Questions of proxies: "may this request pass?", asked with a request of its own at [`PREFIX`] or any path below it, with
//! any method. Must never believe what it reads unless a trusted proxy asks, and never fill in what is missing.
//!
//! The original request is told in one of three styles:
//! - nginx and HAProxy: `X-Original-Method` and `X-Original-URI` (and `X-Original-Host` where routes name hosts);
//! - Caddy and Traefik: `X-Forwarded-Method`, `X-Forwarded-Uri`, `X-Forwarded-Host`;
//! - Envoy: the method is the question's own and the URI stands behind the prefix (`/gate/check/v1/orders?a=b`), with `Host`.
//!
//! Most proxies hand on what the client sent besides what they set themselves, so a client can add the headers of the
//! other styles. Hence whatever is told more than once must be told alike, or the question is refused: what the proxy
//! set is always among it.

use crate::{
    client_address::TrustedProxies,
    http_fault::HttpFault,
    request_target::{normal_host, path_and_query, split_at_first},
};
use http::{HeaderMap, Request, Uri, header};
use jeton_core::limits;
use std::{borrow::Cow, net::IpAddr};

mod question;

pub use question::{answer, answer_now};

/// Where questions are asked.
pub const PREFIX: &str = "/gate/check";

/// What the fields of all styles tell; `None` where none of them told it.
#[derive(Default)]
struct Told<'a> {
    method: Option<&'a str>,
    uri: Option<&'a str>,
    host: Option<&'a str>,
}

impl<'a> Told<'a> {
    /// Reads the fields in one pass; each may come, but all that come must say the same.
    fn read(headers: &'a HeaderMap) -> Result<Self, HttpFault> {
        let mut told = Self::default();
        for (name, value) in headers {
            let slot = match name.as_str() {
                "x-original-method" | "x-forwarded-method" => &mut told.method,
                "x-original-uri" | "x-forwarded-uri" | "x-original-url" => &mut told.uri,
                "x-original-host" | "x-forwarded-host" => &mut told.host,
                _ => continue,
            };
            let text = value.to_str().map_err(|_| HttpFault::Contradiction)?;
            if slot.is_some_and(|other| other != text) {
                return Err(HttpFault::Contradiction);
            }
            *slot = Some(text);
        }
        Ok(told)
    }
}

/// The request that a proxy asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its host in one spelling; `None` when the proxy did not say, which only routes for any host cover.
    pub host: Option<Cow<'a, str>>,
    /// Its host as it was told, with its port.
    pub authority: Option<&'a str>,
    /// Its path as it was sent, still to be read by the route table.
    pub path: Cow<'a, str>,
    /// Its query, as it was sent.
    pub query: Option<Cow<'a, str>>,
    /// The client's address; `None` when the proxy did not say in a way that can be believed.
    pub client_ip: Option<IpAddr>,
}

/// A path and a query, as they were sent.
type Target<'a> = (Cow<'a, str>, Option<Cow<'a, str>>);

/// Whether a path is one that questions are asked at.
pub fn is_question(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl<'a> Original<'a> {
    /// Reads a question that came from `peer`.
    pub fn read<B>(request: &'a Request<B>, peer: IpAddr, trusted: &TrustedProxies) -> Result<Self, HttpFault> {
        if !trusted.trusts(peer) {
            return Err(HttpFault::UntrustedAsker);
        }
        let headers = request.headers();
        let below = behind_prefix(request.uri())?;
        let told = Told::read(headers)?;
        let method = match (told.method, below.is_some()) {
            (None, true) => request.method().as_str(),
            (None, false) => return Err(HttpFault::NoOriginalMethod),
            (Some(method), true) if method != request.method().as_str() => return Err(HttpFault::Contradiction),
            (Some(method), _) => method,
        };
        if !is_method(method) {
            return Err(HttpFault::NoOriginalMethod);
        }
        let (path, query) = target(told.uri, below, request.uri().query())?;
        let (authority, host) = host(told.host, headers, below.is_some())?.unzip();
        Ok(Self { method, host, authority, path, query, client_ip: trusted.client_address(peer, headers) })
    }
}

/// The original path and query: as the fields told them, or as they stand behind the prefix; where both did, alike.
fn target<'a>(told: Option<&'a str>, below: Option<(&'a str, Option<&'a str>)>, asked: Option<&str>) -> Result<Target<'a>, HttpFault> {
    let Some(uri) = told else {
        let (path, query) = below.ok_or(HttpFault::NoOriginalUri)?;
        return Ok((Cow::Borrowed(path), query.map(Cow::Borrowed)));
    };
    let (path, query) = split(uri)?;
    let is_alike = match below {
        Some((other_path, other_query)) => path == other_path && query.as_deref() == other_query,
        // Caddy leaves the original query on the question.
        None => asked.is_none_or(|asked| query.as_deref() == Some(asked)),
    };
    if is_alike { Ok((path, query)) } else { Err(HttpFault::Contradiction) }
}

/// What stands behind the prefix, when the original URI is told there.
fn behind_prefix(uri: &Uri) -> Result<Option<(&str, Option<&str>)>, HttpFault> {
    let (path, query) = path_and_query(uri)?;
    match path.strip_prefix(PREFIX) {
        Some("") => Ok(None),
        Some(rest) if rest.starts_with('/') => Ok(Some((rest, query))),
        _ => Err(HttpFault::TargetForm),
    }
}

/// The host that the fields tell; in Envoy's style the question's own.
fn host<'a>(told: Option<&'a str>, headers: &'a HeaderMap, own: bool) -> Result<Option<(&'a str, Cow<'a, str>)>, HttpFault> {
    let normal = |authority: &'a str| normal_host(authority).map(|host| (authority, host));
    let said = told.map(normal).transpose()?;
    let asked = if own { headers.get(header::HOST).map(|host| host.to_str().map_err(|_| HttpFault::Host)).transpose()? } else { None };
    match (said, asked.map(normal).transpose()?) {
        (Some((_, said)), Some((_, asked))) if said != asked => Err(HttpFault::Contradiction),
        (Some(host), _) | (None, Some(host)) => Ok(Some(host)),
        (None, None) => Ok(None),
    }
}

/// Reads a told URI: a path with an optional query, or a whole URI, whose authority is not used.
fn split(uri: &str) -> Result<Target<'_>, HttpFault> {
    if uri.len() > limits::TARGET_MAX {
        return Err(HttpFault::TargetTooLong);
    }
    if !uri.starts_with('/') {
        let whole = uri.parse::<Uri>().map_err(|_| HttpFault::TargetForm)?;
        if whole.authority().is_none() || whole.scheme().is_none() {
            return Err(HttpFault::TargetForm);
        }
        let (path, query) = path_and_query(&whole)?;
        return Ok((Cow::Owned(path.to_owned()), query.map(|query| Cow::Owned(query.to_owned()))));
    }
    if !uri.bytes().fold(true, |all, byte| all & byte.is_ascii_graphic() & (byte != b'#')) {
        return Err(HttpFault::Query);
    }
    Ok(match split_at_first(uri, b'?') {
        Some((path, query)) => (Cow::Borrowed(path), Some(Cow::Borrowed(query))),
        None => (Cow::Borrowed(uri), None),
    })
}

/// A method as HTTP writes it.
fn is_method(text: &str) -> bool {
    (1..=limits::METHOD_MAX).contains(&text.len()) && http::Method::from_bytes(text.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests;
