//! The head of a request as the API behind gets it. Must never leave a field in place that the gate sets itself.

use super::version_name;
use crate::{header as fields, request_target::RequestTarget, route_table::GateRoute, upstream::Upstream};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Version, header};
use std::net::IpAddr;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What the gate says of the request itself, read before its head is taken apart.
pub(super) struct Said {
    address: Option<HeaderValue>,
    host: Option<HeaderValue>,
    scheme: HeaderValue,
    via: HeaderValue,
}

impl Said {
    pub(super) fn of(target: &RequestTarget<'_>, client_ip: Option<IpAddr>, secure: bool, version: Version) -> Self {
        let via = match version_name(version) {
            "2" => HeaderValue::from_static("2 jeton"),
            "1.0" => HeaderValue::from_static("1.0 jeton"),
            _ => HeaderValue::from_static("1.1 jeton"),
        };
        Self {
            address: client_ip.and_then(|address| HeaderValue::from_str(&address.to_string()).ok()),
            host: HeaderValue::from_str(target.authority).ok(),
            scheme: HeaderValue::from_static(if secure { "https" } else { "http" }),
            via,
        }
    }
}

/// Whether a request asks for a WebSocket and its route lets it: HTTP/1.1 and `GET`. No other upgrade is known;
/// one that is asked for (`h2c` too) is removed and the request answered as an ordinary one, as RFC 9110 allows.
pub(super) fn wants_websocket(request: &Request<()>, route: &GateRoute) -> bool {
    route.websocket
        && request.version() == Version::HTTP_11
        && *request.method() == Method::GET
        && lists(request.headers(), &header::CONNECTION, "upgrade")
        && is_websocket(request.headers())
}

/// Whether `Upgrade` names WebSocket and nothing else.
pub(super) fn is_websocket(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::UPGRADE).iter();
    let one = values.next().is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"));
    one && values.next().is_none()
}

/// Writes the head for the upstream: what must not pass is removed, then what the gate says is set.
pub(super) fn rewrite(headers: &mut HeaderMap, said: &Said, route: &GateRoute, upstream: &Upstream, is_upgrade: bool) {
    let takes_trailers = lists(headers, &header::TE, "trailers");
    let trailers = if headers.contains_key(header::TRAILER) { fields::announced_trailers(headers) } else { Vec::new() };
    fields::clean_request(headers);
    // The gate has met the expectation, or will when the upstream asks for the body.
    headers.remove(header::EXPECT);
    match said.host.as_ref().filter(|_| route.keep_host) {
        Some(host) => headers.insert(header::HOST, host.clone()),
        // The address that it goes to sets its own.
        None => headers.remove(header::HOST),
    };
    for (name, value) in
        [(X_FORWARDED_FOR, said.address.as_ref()), (X_FORWARDED_HOST, said.host.as_ref()), (X_FORWARDED_PROTO, Some(&said.scheme))]
    {
        if let Some(value) = value {
            headers.insert(name, value.clone());
        }
    }
    headers.append(header::VIA, said.via.clone());
    for name in trailers {
        headers.append(header::TRAILER, name.into());
    }
    if is_upgrade {
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    } else if takes_trailers {
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
        // HTTP/2 has no fields of one connection: what `Connection` names would be removed, and gRPC refuses calls without it.
        if upstream.speaks_http1() {
            headers.insert(header::CONNECTION, HeaderValue::from_static("te"));
        }
    }
}

/// Whether a list field holds `wanted`.
fn lists(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .any(|item| item.trim_ascii().eq_ignore_ascii_case(wanted.as_bytes()))
}
