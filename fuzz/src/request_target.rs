//! The target and the host of a request.

use http::{HeaderValue, Method, Request, Uri, header};
use jeton_core::limits;
use jeton_gate::request_target::{RequestTarget, normal_host};

/// A line `METHOD target`, then a line for each `Host` field. What is read has one host in one spelling, and written anew it
/// reads the same.
pub fn run(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let (method, uri) = first.iter().position(|byte| *byte == b' ').map_or((first, &b"/"[..]), |at| (&first[..at], &first[at + 1..]));
    let (Ok(method), Ok(uri)) = (Method::from_bytes(method), Uri::try_from(uri)) else { return };
    let mut request = Request::new(());
    (*request.method_mut(), *request.uri_mut()) = (method, uri);
    let hosts: Vec<_> = lines.filter_map(|line| HeaderValue::from_bytes(line).ok()).take(8).collect();
    for host in &hosts {
        request.headers_mut().append(header::HOST, host.clone());
    }
    let Ok(target) = RequestTarget::read(&request) else { return };
    assert!(hosts.len() <= 1, "one of several hosts is taken");
    assert!(!matches!(request.method().as_str(), "CONNECT" | "TRACE"));
    let named = request.uri().authority().map(|authority| authority.as_str());
    for said in hosts.iter().map(|host| host.to_str().expect("a host is ASCII")).chain(named) {
        assert_eq!(normal_host(said).expect("a host"), target.host, "a host that was not said");
    }
    assert!(!target.host.contains(['@', '/', '%', ' ', ',']) && !target.host.bytes().any(|byte| byte.is_ascii_uppercase()));
    assert_eq!(normal_host(&target.host).as_deref(), Ok(&*target.host));
    assert!(target.path.starts_with('/') && !target.path.contains(['?', '#', ' ']));
    assert!(target.path.len() + target.query.map_or(0, str::len) <= limits::TARGET_MAX);
    let query = target.query.map(|query| format!("?{query}")).unwrap_or_default();
    let written =
        Request::builder().uri(format!("{}{query}", target.path)).header(header::HOST, target.authority).body(()).expect("a request");
    let again = RequestTarget::read(&written).expect("what was read is a target");
    assert_eq!((again.host, again.path, again.query), (target.host, target.path, target.query));
}
