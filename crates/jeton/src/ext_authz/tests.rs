//! Messages of Envoy as they are read. What is decided on them, a real Envoy asks in the tests of proxies.

use super::*;
use envoy_types::{
    ext_authz::v3::pb::{Address, HeaderValue},
    pb::envoy::{
        config::core::v3::{Address as Wrapped, HeaderMap, SocketAddress},
        service::auth::v3::attribute_context::{HttpRequest, Peer as Source, Request as Told},
    },
};
use jeton_gate::http_fault::HttpFault;

fn told(change: impl FnOnce(&mut HttpRequest, &mut Source)) -> AttributeContext {
    let mut http = HttpRequest {
        method: "GET".into(),
        path: "/v1/orders?a=b".into(),
        host: "orders.example.com".into(),
        scheme: "https".into(),
        ..HttpRequest::default()
    };
    http.headers.insert(":path".into(), "/v1/orders?a=b".into());
    http.headers.insert("authorization".into(), "Bearer x".into());
    let address = Address::SocketAddress(SocketAddress { address: "192.0.2.1".into(), ..SocketAddress::default() });
    let mut source = Source { address: Some(Wrapped { address: Some(address) }), ..Source::default() };
    change(&mut http, &mut source);
    AttributeContext { request: Some(Told { http: Some(http), ..Told::default() }), source: Some(source), ..AttributeContext::default() }
}

fn fault(change: impl FnOnce(&mut HttpRequest, &mut Source)) -> HttpFault {
    Original::read(told(change)).err().expect("a fault")
}

#[test]
fn the_original_request_is_read() {
    let original = Original::read(told(|_, _| {})).expect("read");
    assert_eq!((original.request.method().as_str(), original.request.uri().to_string().as_str()), ("GET", "/v1/orders?a=b"));
    assert_eq!(original.request.headers().len(), 2, "no pseudo fields: {:?}", original.request.headers());
    assert_eq!(original.request.headers()["host"], "orders.example.com");
    assert_eq!(original.client_ip, "192.0.2.1".parse().ok());
}

#[test]
fn raw_fields_take_the_place_of_joined_ones() {
    let twice = |value: &str| HeaderValue { key: "authorization".into(), raw_value: value.into(), ..HeaderValue::default() };
    let map = HeaderMap { headers: vec![twice("Bearer a"), twice("Bearer b")] };
    let original = Original::read(told(|http, _| http.header_map = Some(map))).expect("read");
    assert_eq!(original.request.headers().get_all("authorization").iter().count(), 2);
}

#[test]
fn an_address_that_is_none_is_not_known() {
    assert_eq!(Original::read(told(|_, source| source.address = None)).expect("read").client_ip, None);
    let mapped = Address::SocketAddress(SocketAddress { address: "::ffff:192.0.2.7".into(), ..SocketAddress::default() });
    let original = Original::read(told(|_, source| source.address = Some(Wrapped { address: Some(mapped) }))).expect("read");
    assert_eq!(original.client_ip, "192.0.2.7".parse().ok());
}

#[test]
fn what_is_not_in_order_is_a_fault() {
    assert_eq!(fault(|http, _| http.method.clear()), HttpFault::NoOriginalMethod);
    assert_eq!(fault(|http, _| http.path.clear()), HttpFault::TargetForm);
    assert_eq!(fault(|http, _| http.host = "a\nb".into()), HttpFault::Host);
    let bad = |name: &str, value: &str| {
        fault(|http, _| {
            http.headers.insert(name.into(), value.into());
        })
    };
    assert_eq!(bad("a b", "c"), HttpFault::Contradiction);
    assert_eq!(bad("a", "b\r\nc: d"), HttpFault::Contradiction);
    let many = |http: &mut HttpRequest| http.headers.extend((0..limits::HEADERS_MAX).map(|at| (format!("a{at}"), String::new())));
    assert_eq!(fault(|http, _| many(http)), HttpFault::Headers);
    assert_eq!(Original::read(AttributeContext::default()).err(), Some(HttpFault::NoOriginalMethod));
}
