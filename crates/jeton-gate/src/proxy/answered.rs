//! The head of an answer as the client gets it. Must never hand on what belongs to the connection to the upstream, nor let an
//! upstream speak for the gate.

use super::version_name;
use crate::header as fields;
use http::{HeaderValue, Response, Version, header};

/// Rewrites the head of an upstream's answer. hyper writes the framing, and `Date` where none came.
pub(super) fn rewrite<B>(response: &mut Response<B>, is_upgrade: bool) {
    let via = match version_name(response.version()) {
        "2" => HeaderValue::from_static("2 jeton"),
        "1.0" => HeaderValue::from_static("1.0 jeton"),
        _ => HeaderValue::from_static("1.1 jeton"),
    };
    *response.version_mut() = Version::HTTP_11;
    response.extensions_mut().clear();
    let headers = response.headers_mut();
    let upgrade = if is_upgrade { headers.get(header::UPGRADE).cloned() } else { None };
    let trailers = if headers.contains_key(header::TRAILER) { fields::announced_trailers(headers) } else { Vec::new() };
    fields::clean_answer(headers);
    headers.append(header::VIA, via);
    for name in trailers {
        headers.append(header::TRAILER, name.into());
    }
    if let Some(protocol) = upgrade {
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, protocol);
    }
}
