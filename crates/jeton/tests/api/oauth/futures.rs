//! A router moves the future of a handler several times, and keeps as much room for it as for the largest that it may come to wait for: at
//! the endpoints that every call of an app may come through, what is rare lies in boxes of its own.

use jeton::http::oauth::{introspect, token};
use std::future::Future;

/// How large the future of a handler is.
fn size<A, B, F: Future>(_: impl FnOnce(A, B) -> F) -> usize {
    size_of::<F>()
}

#[test]
fn those_of_busy_endpoints_are_small() {
    let (issue, introspect) = (size(token::issue), size(introspect::introspect_token));
    assert!(issue < 4096, "{issue} bytes");
    assert!(introspect < 8192, "{introspect} bytes");
}
