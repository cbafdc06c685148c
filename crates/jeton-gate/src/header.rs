//! Which header fields cross the gate. Must never let through, under any spelling, a field by which the API behind could take
//! a client's word for the gate's, nor one that belongs to a single connection.
//!
//! Names are compared with `_` and `.` as `-`, because programs that hand fields on as variables (CGI, WSGI, FastCGI) cannot
//! tell these apart: `X_Forwarded_For` is `X-Forwarded-For` there. Three sets:
//! - **reserved**: what proxies and gates say about a request ([`RESERVED`], [`RESERVED_PREFIXES`]). Removed from every
//!   request and from trailers; what the gate itself says is set afterwards.
//! - **of one connection**: `Connection` and all that it names, `Keep-Alive`, `TE`, `Trailer`, `Transfer-Encoding`, `Upgrade`,
//!   `HTTP2-Settings` and `Proxy-*`. Removed both ways; an accepted upgrade sets its own again.
//! - **misspelt**: a name that becomes one of a message's framing or routing when folded, such as `Content_Length`.

use http::{HeaderMap, HeaderName, header};

/// Fields that speak about the client, the original request or the decision. `Jeton-Token-Id` falls under a prefix.
pub const RESERVED: &[&str] = &[
    "client-cert",
    "client-cert-chain",
    "client-ip",
    "cf-connecting-ip",
    "fastly-client-ip",
    "forwarded",
    "front-end-https",
    "remote-addr",
    "remote-email",
    "remote-groups",
    "remote-name",
    "remote-user",
    "ssl-client-cert",
    "ssl-client-verify",
    "true-client-ip",
    "url-scheme",
    "x-client-cert",
    "x-client-ip",
    "x-client-verify",
    "x-cluster-client-ip",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-real-ip",
    "x-rewrite-url",
    "x-scheme",
    "x-url-scheme",
    "x-user",
    "x-user-id",
];

/// Beginnings of such fields.
pub const RESERVED_PREFIXES: &[&str] = &[
    "jeton-",
    "x-jeton-",
    "x-forwarded-",
    "x-original-",
    "x-auth-",
    "x-authenticated-",
    "x-client-cert-",
    "x-envoy-",
    "x-forwarded",
    "x-remote-",
    "x-ssl-",
    "x-tls-client-",
];

/// Fields of one connection, besides `Proxy-*`.
const CONNECTION: &[&str] = &["connection", "http2-settings", "keep-alive", "te", "trailer", "trailers", "transfer-encoding", "upgrade"];

/// Fields that say where a message ends or whom it is for: never under another spelling, never in trailers.
const FRAMING: &[&str] =
    &["authorization", "content-encoding", "content-length", "content-range", "content-type", "cookie", "expect", "host", "set-cookie"];

/// What most messages have, and what is in none of the sets: told apart at once.
fn is_ordinary(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "accept"
            | "accept-encoding"
            | "accept-language"
            | "authorization"
            | "cache-control"
            | "content-length"
            | "content-type"
            | "cookie"
            | "date"
            | "etag"
            | "host"
            | "if-none-match"
            | "last-modified"
            | "origin"
            | "referer"
            | "server"
            | "set-cookie"
            | "user-agent"
            | "vary"
            | "via"
    )
}

/// Whether a field speaks about the client, the original request or the decision, under any spelling.
pub fn is_reserved(name: &str) -> bool {
    // Nearly all other names are told apart by their first letter.
    matches!(name.as_bytes().first().map(u8::to_ascii_lowercase), Some(b'j' | b'x' | b'f' | b'r' | b's' | b't' | b'u' | b'c'))
        && (RESERVED.iter().any(|own| folds_to(name, own)) || RESERVED_PREFIXES.iter().any(|own| folds_to_prefix(name, own)))
}

/// Whether a field belongs to one connection, under any spelling.
pub fn is_of_connection(name: &str) -> bool {
    CONNECTION.iter().any(|own| folds_to(name, own)) || folds_to_prefix(name, "proxy-")
}

/// Whether a field is spelt so that another program could take it for one that frames or routes the message.
fn is_misspelt(name: &str) -> bool {
    name.bytes().any(|byte| matches!(byte, b'_' | b'.')) && FRAMING.iter().any(|own| folds_to(name, own))
}

/// Whether a field must not pass from a client to an API, apart from what belongs to the connection: it speaks about the client or
/// the decision, or could be taken for one that frames the message.
pub fn speaks_for_others(name: &str) -> bool {
    is_reserved(name) || is_misspelt(name)
}

/// Whether a field may stand in trailers that are handed on.
fn fits_trailers(name: &str) -> bool {
    !is_reserved(name) && !is_of_connection(name) && !FRAMING.iter().any(|own| folds_to(name, own)) && !is_control(name)
}

/// Fields that change how the message before them is understood: of no use behind it (RFC 9110, section 6.5.1).
fn is_control(name: &str) -> bool {
    ["cache-control", "date", "location", "max-forwards", "pragma", "range", "retry-after", "vary", "via", "warning", "www-authenticate"]
        .iter()
        .any(|own| folds_to(name, own))
        || folds_to_prefix(name, "if-")
}

fn fold(byte: u8) -> u8 {
    match byte {
        b'_' | b'.' => b'-',
        other => other.to_ascii_lowercase(),
    }
}

fn folds_to(name: &str, own: &str) -> bool {
    name.len() == own.len() && folds_to_prefix(name, own)
}

fn folds_to_prefix(name: &str, own: &str) -> bool {
    name.len() >= own.len() && name.bytes().zip(own.bytes()).all(|(byte, wanted)| fold(byte) == wanted)
}

/// Removes from a request what must not reach the API behind.
pub fn clean_request(headers: &mut HeaderMap) {
    clean(headers, |name| !is_ordinary(name) && (is_of_connection(name.as_str()) || speaks_for_others(name.as_str())));
}

/// Removes from an answer what must not reach the client: what belongs to one connection, and what only a gate says.
pub fn clean_answer(headers: &mut HeaderMap) {
    clean(headers, |name| !is_ordinary(name) && (is_of_connection(name.as_str()) || folds_to_prefix(name.as_str(), "jeton-")));
}

/// Removes from trailers what must not stand there, either way.
pub fn clean_trailers(trailers: &mut HeaderMap) {
    clean(trailers, |name| !fits_trailers(name.as_str()));
}

/// The names of a `Trailer` field that may be announced to the next hop.
pub fn announced_trailers(headers: &HeaderMap) -> Vec<HeaderName> {
    listed(headers, &header::TRAILER).into_iter().filter(|name| fits_trailers(name.as_str())).collect()
}

/// Removes all that `unfit` names, and all that `Connection` names.
fn clean(headers: &mut HeaderMap, unfit: impl Fn(&HeaderName) -> bool) {
    let mut named = if headers.contains_key(header::CONNECTION) { listed(headers, &header::CONNECTION) } else { Vec::new() };
    named.extend(headers.keys().filter(|name| unfit(name)).cloned());
    for name in named {
        headers.remove(name);
    }
}

/// The field names that a list field holds; what is no field name is passed over.
fn listed(headers: &HeaderMap, list: &HeaderName) -> Vec<HeaderName> {
    headers
        .get_all(list)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .collect()
}

#[cfg(test)]
mod tests;
