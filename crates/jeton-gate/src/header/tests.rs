//! Every spelling of every field that must not cross.

use super::*;
use http::HeaderValue;
use proptest::prelude::*;

fn map(names: &[&str]) -> HeaderMap {
    names.iter().map(|name| (HeaderName::from_bytes(name.as_bytes()).expect("name"), HeaderValue::from_static("x"))).collect()
}

/// The names that are left, in order.
fn left(headers: &HeaderMap) -> Vec<&str> {
    sorted(headers.keys().map(HeaderName::as_str))
}

fn sorted<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort_unstable();
    names
}

#[test]
fn what_is_ordinary_is_in_none_of_the_sets() {
    for name in RESERVED.iter().chain(RESERVED_PREFIXES).chain(CONNECTION).chain(&["proxy-connection", "proxy-authorization"]) {
        assert!(HeaderName::from_bytes(name.as_bytes()).is_ok_and(|name| !is_ordinary(&name)), "{name}");
    }
    for name in ["accept", "authorization", "content-length", "cookie", "host", "set-cookie", "user-agent", "vary", "via"] {
        assert!(is_ordinary(&HeaderName::from_static(name)) && !is_of_connection(name) && !speaks_for_others(name), "{name}");
    }
}

#[test]
fn a_client_cannot_speak_for_the_gate() {
    let spoofed = [
        "Jeton-Subject",
        "jeton-client-id",
        "JETON-TOKEN-ID",
        "Jeton_Scopes",
        "jeton.subject",
        "X-Jeton-Subject",
        "X_Jeton_Subject",
        "X-Forwarded-For",
        "x-forwarded-host",
        "X-Forwarded-Proto",
        "X-Forwarded-Uri",
        "X-Forwarded-Method",
        "X-Forwarded-Prefix",
        "X-Forwarded",
        "X_FORWARDED_FOR",
        "X.Forwarded.For",
        "X-Forwarded_For",
        "Forwarded",
        "X-Real-IP",
        "X_Real_IP",
        "X-Original-URI",
        "X-Original-Method",
        "X-Original-URL",
        "x_original_url",
        "X-Rewrite-URL",
        "X-SSL-Client-Cert",
        "X-SSL-Client-Verify",
        "X-Client-Cert",
        "X-Client-Cert-Chain",
        "Remote-User",
        "REMOTE_USER",
        "X-Remote-User",
        "X-Remote-Group",
        "X-Auth-Request-User",
        "X-Auth-User",
        "X-Authenticated-Userid",
        "X-User-Id",
        "True-Client-IP",
        "CF-Connecting-IP",
        "Client-IP",
        "X-Client-IP",
        "X-Cluster-Client-IP",
        "X-Envoy-External-Address",
        "X-HTTP-Method-Override",
        "X-Method-Override",
        "X-Scheme",
        "Ssl-Client-Cert",
    ];
    for name in spoofed {
        assert!(is_reserved(name), "{name}");
        let mut headers = map(&[name, "accept"]);
        clean_request(&mut headers);
        assert_eq!(left(&headers), ["accept"], "{name}");
        let mut trailers = map(&[name, "grpc-status"]);
        clean_trailers(&mut trailers);
        assert_eq!(left(&trailers), ["grpc-status"], "{name}");
    }
}

#[test]
fn what_is_of_one_connection_ends_here() {
    for name in [
        "Connection",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Transfer_Encoding",
        "Upgrade",
        "Proxy-Authorization",
        "Proxy-Authenticate",
        "Proxy-Connection",
        "proxy_connection",
        "HTTP2-Settings",
        "Proxy-Anything",
    ] {
        for clean in [clean_request as fn(&mut HeaderMap), clean_answer, clean_trailers] {
            let mut headers = map(&[name, "x-trace"]);
            clean(&mut headers);
            assert_eq!(left(&headers), ["x-trace"], "{name}");
        }
    }
}

#[test]
fn connection_takes_along_what_it_names() {
    let mut headers = map(&["x-one", "x-two", "x-three", "accept"]);
    headers.append(header::CONNECTION, HeaderValue::from_static("close, X-One"));
    headers.append(header::CONNECTION, HeaderValue::from_static("x-TWO,, not a name ,\"x-three\""));
    clean_request(&mut headers);
    assert_eq!(left(&headers), ["accept", "x-three"]);
}

#[test]
fn framing_under_another_spelling_is_removed_and_the_right_one_stays() {
    let mut headers =
        map(&["Content_Length", "content.length", "Content_Type", "host_", "Authorization_", "Content-Length", "Content-Type", "Host"]);
    clean_request(&mut headers);
    assert_eq!(left(&headers), ["authorization_", "content-length", "content-type", "host", "host_"]);
}

#[test]
fn ordinary_fields_stay() {
    let names = [
        "accept",
        "accept-encoding",
        "authorization",
        "cache-control",
        "content-length",
        "content-type",
        "cookie",
        "dpop",
        "etag",
        "host",
        "if-match",
        "idempotency-key",
        "origin",
        "range",
        "referer",
        "traceparent",
        "tracestate",
        "user-agent",
        "x-request-id",
        "x-requested-with",
        "x-custom",
        "x-api-version",
        "sec-websocket-key",
        "upgrade-insecure-requests",
        "retry-after",
        "te-x",
    ];
    let mut headers = map(&names);
    clean_request(&mut headers);
    assert_eq!(left(&headers), sorted(names));
    clean_answer(&mut headers);
    assert_eq!(left(&headers), sorted(names));
}

#[test]
fn an_answer_does_not_speak_for_the_gate_either() {
    let mut headers = map(&["Jeton-Decision", "jeton_token_expires", "x-ratelimit-limit", "www-authenticate"]);
    clean_answer(&mut headers);
    assert_eq!(left(&headers), ["www-authenticate", "x-ratelimit-limit"]);
}

#[test]
fn trailers_carry_nothing_that_comes_too_late() {
    let mut trailers =
        map(&["content-length", "Host", "authorization", "set-cookie", "cache-control", "if-match", "content-type", "x-checksum"]);
    clean_trailers(&mut trailers);
    assert_eq!(left(&trailers), ["x-checksum"]);
    let mut headers = HeaderMap::new();
    headers.append(header::TRAILER, HeaderValue::from_static("X-Checksum, Authorization, Jeton_Subject, grpc-status"));
    let announced = announced_trailers(&headers);
    assert_eq!(announced.iter().map(HeaderName::as_str).collect::<Vec<_>>(), ["x-checksum", "grpc-status"]);
}

proptest! {
    /// Any mixture of case, `-`, `_` and `.` is the same name.
    #[test]
    fn every_spelling_is_one_name(which in 0..RESERVED.len() + RESERVED_PREFIXES.len(), tail in "[a-z0-9-]{1,10}", seed in proptest::collection::vec(0..3_u8, 64), upper in proptest::collection::vec(any::<bool>(), 64)) {
        let plain = match RESERVED.get(which) {
            Some(name) => (*name).to_owned(),
            None => format!("{}{tail}", RESERVED_PREFIXES[which - RESERVED.len()]),
        };
        let spelt: String = plain.chars().enumerate().map(|(at, c)| match c {
            '-' => ['-', '_', '.'][usize::from(seed[at % 64])],
            c if upper[at % 64] => c.to_ascii_uppercase(),
            c => c,
        }).collect();
        prop_assert!(is_reserved(&spelt), "{}", spelt);
        let mut headers = map(&[&spelt, "accept"]);
        clean_request(&mut headers);
        prop_assert_eq!(left(&headers), ["accept"]);
    }
    /// Nothing that `Connection` names survives, whatever it is and however it is written.
    #[test]
    fn what_connection_names_never_survives(name in "[a-z][a-z0-9_.-]{0,20}") {
        let mut headers = map(&[&name]);
        headers.append(header::CONNECTION, HeaderValue::from_str(&format!(" {} ,close", name.to_uppercase())).expect("value"));
        clean_request(&mut headers);
        prop_assert!(headers.is_empty(), "{:?}", headers);
    }
}
