//! The one reading of a request's target: host, path and query. Must never be bypassed: what is decided on and what is passed
//! on are both written from what is read here, and nobody looks at the raw target again.
//!
//! Every form that HTTP knows is dealt with (RFC 9112, section 3.2): a path (origin-form); a whole `http` or `https` URI
//! (absolute-form), whose authority is the host then; `host:port` (authority-form) and `*` (asterisk-form) are refused, since
//! they name nothing that a route could cover. A fragment never reaches this place: the HTTP parser cuts it off.

use crate::http_fault::HttpFault;
use http::{HeaderMap, Method, Request, Uri, header};
use jeton_core::limits;
use std::borrow::Cow;

/// The parts of a target, the path still as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestTarget<'a> {
    /// The host in its one spelling: in small letters, without port and trailing dot.
    pub host: Cow<'a, str>,
    /// The host as it was sent, with its port: for `X-Forwarded-Host`.
    pub authority: &'a str,
    /// The path as it was sent.
    pub path: &'a str,
    /// The query as it was sent, without `?`.
    pub query: Option<&'a str>,
}

impl<'a> RequestTarget<'a> {
    /// Reads the target and host of a request.
    pub fn read<B>(request: &'a Request<B>) -> Result<Self, HttpFault> {
        let (method, uri) = (request.method(), request.uri());
        if *method == Method::CONNECT || *method == Method::TRACE || method.as_str().len() > limits::METHOD_MAX {
            return Err(HttpFault::Method);
        }
        if !uri.path().starts_with('/') || uri.scheme_str().is_some_and(|scheme| scheme != "http" && scheme != "https") {
            return Err(HttpFault::TargetForm);
        }
        let (path, query) = path_and_query(uri)?;
        let authority = authority(uri, request.headers())?;
        Ok(Self { host: normal_host(authority)?, authority, path, query })
    }
}

/// Path and query of a URI, both bounded, the query of URI characters only.
pub(crate) fn path_and_query(uri: &Uri) -> Result<(&str, Option<&str>), HttpFault> {
    let (path, query) = (uri.path(), uri.query());
    if path.len() + query.map_or(0, str::len) > limits::TARGET_MAX {
        return Err(HttpFault::TargetTooLong);
    }
    if query.is_some_and(|query| !query.bytes().all(|byte| byte.is_ascii_graphic())) {
        return Err(HttpFault::Query);
    }
    Ok((path, query))
}

/// The authority of the URI, or else the one `Host` field; when both came they must be the same host.
fn authority<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Result<&'a str, HttpFault> {
    let mut fields = headers.get_all(header::HOST).iter();
    let field = match (fields.next(), fields.next()) {
        (None, _) => None,
        (Some(one), None) => Some(one.to_str().map_err(|_| HttpFault::Host)?),
        (Some(_), Some(_)) => return Err(HttpFault::Host),
    };
    match (uri.authority().map(http::uri::Authority::as_str), field) {
        (None, None) => Err(HttpFault::Host),
        (Some(one), None) | (None, Some(one)) => Ok(one),
        (Some(one), Some(other)) if one.eq_ignore_ascii_case(other) => Ok(one),
        (Some(_), Some(_)) => Err(HttpFault::Host),
    }
}

/// The one spelling of a host: small letters, no port, no trailing dot. IPv6 keeps its brackets.
pub fn normal_host(authority: &str) -> Result<Cow<'_, str>, HttpFault> {
    if authority.len() > limits::HOST_MAX {
        return Err(HttpFault::Host);
    }
    let (host, port) = split_port(authority)?;
    if port.is_some_and(|port| port.parse::<u16>().is_err() || !port.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(HttpFault::Host);
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    if !is_host(host) {
        return Err(HttpFault::Host);
    }
    let has_capitals = host.bytes().any(|byte| byte.is_ascii_uppercase());
    Ok(if has_capitals { Cow::Owned(host.to_ascii_lowercase()) } else { Cow::Borrowed(host) })
}

/// Splits `host:port` and `[address]:port`.
fn split_port(authority: &str) -> Result<(&str, Option<&str>), HttpFault> {
    if authority.starts_with('[') {
        let end = authority.find(']').ok_or(HttpFault::Host)?;
        let (host, rest) = authority.split_at_checked(end + 1).ok_or(HttpFault::Host)?;
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(HttpFault::Host),
        };
    }
    Ok(match split_at_first(authority, b':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    })
}

/// A DNS name (with `_`, which some have) or an address; no user, no escapes, no letters beyond ASCII.
/// What stands before and behind the first `mark`. For short texts, where searching a byte at a time is quickest.
pub(crate) fn split_at_first(text: &str, mark: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == mark)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.len() <= 253 && are_labels(host),
    }
}

/// Labels of 1 to 63 characters, with dots between them.
fn are_labels(host: &str) -> bool {
    let mut length = 0;
    for byte in host.bytes() {
        length = match byte {
            b'.' if length > 0 => 0,
            b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' if length < 63 => length + 1,
            _ => return false,
        };
    }
    length > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(method: &str, uri: &str, hosts: &[&str]) -> Result<(String, String, Option<String>), HttpFault> {
        let mut request = Request::builder().method(method).uri(uri);
        for host in hosts {
            request = request.header("host", *host);
        }
        let request = request.body(()).expect("request");
        RequestTarget::read(&request).map(|target| (target.host.into_owned(), target.path.to_owned(), target.query.map(str::to_owned)))
    }

    #[test]
    fn hosts_have_one_spelling() {
        let cases: &[(&str, Option<&str>)] = &[
            ("api.example", Some("api.example")),
            ("API.Example.", Some("api.example")),
            ("api.example:8443", Some("api.example")),
            ("api.example.:80", Some("api.example")),
            ("127.0.0.1:80", Some("127.0.0.1")),
            ("[2001:DB8::1]:443", Some("[2001:db8::1]")),
            ("[::1]", Some("[::1]")),
            ("my_service", Some("my_service")),
            ("", None),
            (".", None),
            ("..", None),
            ("a..b", None),
            (".a", None),
            ("a:b", None),
            ("a:", None),
            ("a:+80", None),
            ("a:99999", None),
            ("a:80:80", None),
            ("user@a", None),
            ("a/b", None),
            ("a b", None),
            ("a%2eb", None),
            ("[::1", None),
            ("[::1]x", None),
            ("[a]", None),
            ("b\u{fc}cher.example", None),
        ];
        for (text, expected) in cases {
            assert_eq!(normal_host(text).ok().as_deref(), *expected, "{text}");
        }
        assert!(normal_host(&format!("{}.example", "a".repeat(64))).is_err());
        assert!(normal_host(&vec!["a"; 200].join(".")).is_err());
    }

    #[test]
    fn every_form_is_dealt_with() {
        let path = |host: &str, path: &str, query: Option<&str>| Ok((host.to_owned(), path.to_owned(), query.map(str::to_owned)));
        assert_eq!(read("GET", "/v1/a?b=c&d", &["h"]), path("h", "/v1/a", Some("b=c&d")));
        assert_eq!(read("GET", "/v1/a?", &["h"]), path("h", "/v1/a", Some("")));
        assert_eq!(read("GET", "/a?b?c=/../", &["h"]), path("h", "/a", Some("b?c=/../")));
        assert_eq!(read("GET", "http://h:80/v1/a", &["H:80"]), path("h", "/v1/a", None));
        assert_eq!(read("GET", "http://h/v1/a", &[]), path("h", "/v1/a", None));
        assert_eq!(read("GET", "https://h", &[]), path("h", "/", None));
        assert_eq!(read("GET", "http://h/v1/a", &["other"]), Err(HttpFault::Host));
        assert_eq!(read("GET", "ftp://h/v1/a", &[]), Err(HttpFault::TargetForm));
        assert_eq!(read("OPTIONS", "*", &["h"]), Err(HttpFault::TargetForm));
        assert_eq!(read("GET", "h:80", &["h"]), Err(HttpFault::TargetForm));
        assert_eq!(read("CONNECT", "h:80", &["h"]), Err(HttpFault::Method));
        assert_eq!(read("TRACE", "/", &["h"]), Err(HttpFault::Method));
        assert_eq!(read(&"X".repeat(limits::METHOD_MAX + 1), "/", &["h"]), Err(HttpFault::Method));
        assert_eq!(read("GET", "/", &[]), Err(HttpFault::Host));
        assert_eq!(read("GET", "/", &["h", "h"]), Err(HttpFault::Host));
        assert_eq!(read("GET", "http://user@h/", &[]), Err(HttpFault::Host));
        assert_eq!(read("GET", &format!("/?{}", "a".repeat(limits::TARGET_MAX)), &["h"]), Err(HttpFault::TargetTooLong));
        assert_eq!(read("GET", "/?a=\u{e9}", &["h"]), Err(HttpFault::Query));
    }
}
