//! What a client can write into the headers, and what comes of it.

use super::*;
use http::HeaderValue;
use proptest::prelude::*;

fn proxies() -> TrustedProxies {
    TrustedProxies::parse(&["10.0.0.0/8", "127.0.0.1", "2001:db8:ffff::/48"]).expect("networks")
}

fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in list {
        map.append(*name, HeaderValue::from_bytes(value.as_bytes()).expect("value"));
    }
    map
}

fn told(peer: &str, list: &[(&'static str, &str)]) -> Option<String> {
    proxies().client_address(peer.parse().expect("peer"), &headers(list)).map(|address| address.to_string())
}

#[test]
fn a_peer_that_is_not_trusted_speaks_for_nobody_else() {
    for list in [
        &[][..],
        &[("x-forwarded-for", "10.1.1.1")],
        &[("x-forwarded-for", "127.0.0.1"), ("forwarded", "for=127.0.0.1")],
        &[("forwarded", "for=10.0.0.1")],
    ] {
        assert_eq!(told("192.0.2.7", list).as_deref(), Some("192.0.2.7"), "{list:?}");
    }
    assert_eq!(told("::ffff:192.0.2.7", &[]).as_deref(), Some("192.0.2.7"));
    let nobody = TrustedProxies::default();
    let spoofed = headers(&[("x-forwarded-for", "10.1.1.1")]);
    assert_eq!(nobody.client_address("127.0.0.1".parse().unwrap(), &spoofed), "127.0.0.1".parse().ok());
}

#[test]
fn x_forwarded_for_from_a_trusted_peer() {
    let cases: &[(&[&str], Option<&str>)] = &[
        (&[], None),
        (&["192.0.2.1"], Some("192.0.2.1")),
        (&["192.0.2.1, 10.0.0.2, 10.0.0.3"], Some("192.0.2.1")),
        // What the client wrote stands to the left of what the proxy saw.
        (&["10.0.0.9, 192.0.2.1"], Some("192.0.2.1")),
        (&["127.0.0.1,192.0.2.1,10.0.0.2"], Some("192.0.2.1")),
        (&["garbage, 192.0.2.1"], Some("192.0.2.1")),
        (&["\u{ff}\u{fe}", "192.0.2.1"], Some("192.0.2.1")),
        // Several fields are one list.
        (&["10.9.9.9", "192.0.2.1"], Some("192.0.2.1")),
        (&["192.0.2.1", "10.9.9.9"], Some("192.0.2.1")),
        // All trusted: the left-most.
        (&["10.0.0.9"], Some("10.0.0.9")),
        (&["10.0.0.9, 127.0.0.1"], Some("10.0.0.9")),
        // Forms of one address.
        (&["192.0.2.1:4711"], Some("192.0.2.1")),
        (&["2001:db8::1"], Some("2001:db8::1")),
        (&["[2001:db8::1]"], Some("2001:db8::1")),
        (&["[2001:db8::1]:443"], Some("2001:db8::1")),
        (&["::ffff:192.0.2.1"], Some("192.0.2.1")),
        (&["192.0.2.1, ::ffff:10.0.0.2"], Some("192.0.2.1")),
        (&["192.0.2.1, [2001:db8:ffff::2]:80"], Some("192.0.2.1")),
        // What names no address ends the walk, and nothing behind it is believed.
        (&["192.0.2.1, garbage"], None),
        (&["192.0.2.1, unknown, 10.0.0.2"], None),
        (&["192.0.2.1,"], None),
        (&["192.0.2.1, , 10.0.0.2"], None),
        (&[""], None),
        (&["_hidden"], None),
        (&["\"192.0.2.1\""], None),
        (&["192.0.2.01"], None),
        (&["192.0.2"], None),
        (&["3221225985"], None),
        (&["0xC0.0.2.1"], None),
        (&["192.0.2.1:99999"], None),
        (&["192.0.2.1:"], None),
        (&["[192.0.2.1]"], None),
        (&["[2001:db8::1"], None),
        (&["2001:db8::1]"], None),
        (&["fe80::1%eth0"], None),
        (&["[fe80::1%1]:80"], None),
        (&["localhost"], None),
        (&["192.0.2.1 10.0.0.2"], None),
        (&["192.0.2.1;10.0.0.2"], None),
    ];
    for (values, expected) in cases {
        let list: Vec<_> = values.iter().map(|value| ("x-forwarded-for", *value)).collect();
        assert_eq!(told("10.0.0.1", &list).as_deref(), *expected, "{values:?}");
        assert_eq!(told("::ffff:10.0.0.1", &list).as_deref(), *expected, "{values:?}");
    }
}

#[test]
fn forwarded_from_a_trusted_peer() {
    let cases: &[(&[&str], Option<&str>)] = &[
        (&["for=192.0.2.1"], Some("192.0.2.1")),
        (&["For=192.0.2.1;proto=https;by=10.0.0.1"], Some("192.0.2.1")),
        (&["for=\"192.0.2.1:4711\""], Some("192.0.2.1")),
        (&["for=\"[2001:db8::1]:443\""], Some("2001:db8::1")),
        (&["for=\"[2001:db8::1]\"; host=api.example"], Some("2001:db8::1")),
        (&["for=\"\\1\\9\\2.0.2.1\""], Some("192.0.2.1")),
        (&["for=10.0.0.9, for=192.0.2.1"], Some("192.0.2.1")),
        (&["for=192.0.2.1, for=10.0.0.2 , for=10.0.0.3"], Some("192.0.2.1")),
        (&["for=10.0.0.9", "for=192.0.2.1"], Some("192.0.2.1")),
        (&["host=\"a,b;for=10.0.0.1\";for=192.0.2.1"], Some("192.0.2.1")),
        (&["for=unknown, for=192.0.2.1"], Some("192.0.2.1")),
        (&["for=192.0.2.1, for=unknown"], None),
        (&["for=_secret"], None),
        (&["proto=https"], None),
        (&["for=192.0.2.1, proto=https"], None),
        (&["for=192.0.2.1;for=10.0.0.1"], None),
        (&["for=2001:db8::1"], None),
        (&["for=192.0.2.1:80"], None),
        (&["for=\"192.0.2.1"], None),
        (&["for=\"192.0.2.1\\"], None),
        (&["for=192.0.2.1,"], None),
        (&["for=192.0.2.1;"], None),
        (&["for = 192.0.2.1"], None),
        (&[""], None),
        (&["192.0.2.1"], None),
        // A quote that the client opened swallows what the proxy wrote.
        (&["for=10.0.0.9;by=\", for=192.0.2.1"], None),
        (&["for=10.0.0.9;by=\", for=\"[2001:db8::1]:80\""], None),
        (&["for=10.0.0.9;by=\"", "for=192.0.2.1"], None),
    ];
    for (values, expected) in cases {
        let list: Vec<_> = values.iter().map(|value| ("forwarded", *value)).collect();
        assert_eq!(told("10.0.0.1", &list).as_deref(), *expected, "{values:?}");
    }
}

#[test]
fn both_headers_must_agree() {
    let both = |plain, long| told("10.0.0.1", &[("x-forwarded-for", plain), ("forwarded", long)]);
    assert_eq!(both("192.0.2.1", "for=192.0.2.1;proto=https").as_deref(), Some("192.0.2.1"));
    assert_eq!(both("10.0.0.9, 192.0.2.1", "for=10.0.0.9"), None);
    assert_eq!(both("192.0.2.1", "for=10.0.0.9"), None);
    assert_eq!(both("192.0.2.1", "nonsense"), None);
    assert_eq!(both("", "for=192.0.2.1"), None);
}

#[test]
fn hops_are_bounded() {
    let trusted = vec!["10.0.0.2"; limits::FORWARDED_HOPS_MAX].join(", ");
    assert_eq!(told("10.0.0.1", &[("x-forwarded-for", &format!("192.0.2.1, {trusted}"))]).as_deref(), Some("192.0.2.1"));
    assert_eq!(told("10.0.0.1", &[("x-forwarded-for", &format!("192.0.2.1, 10.0.0.2, {trusted}"))]), None);
}

#[test]
fn networks_are_read_strictly() {
    assert!(TrustedProxies::parse(&["10.0.0.1/8"]).is_err());
    assert!(TrustedProxies::parse(&["*"]).is_err());
    assert!(TrustedProxies::parse(&vec!["10.0.0.1"; limits::TRUSTED_PROXIES_MAX + 1]).is_err());
    assert!(TrustedProxies::parse::<&str>(&[]).expect("none").is_empty());
}

proptest! {
    /// Whatever the client wrote before: a proxy that appends what it saw is believed or nothing is.
    #[test]
    fn nothing_a_client_writes_moves_its_address(written in "[ -~]{0,80}", long in any::<bool>()) {
        let (name, line) = if long { ("forwarded", format!("{written}, for=192.0.2.1")) } else { ("x-forwarded-for", format!("{written}, 192.0.2.1")) };
        let address = told("10.0.0.1", &[(name, &line)]);
        prop_assert!(address.is_none() || address.as_deref() == Some("192.0.2.1"), "{:?}", address);
        if !long {
            prop_assert_eq!(address.as_deref(), Some("192.0.2.1"));
        }
    }
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>().prop_filter("field value", |b| *b == 9 || (*b >= 32 && *b != 127)), 0..200)) {
        let value = HeaderValue::from_bytes(&bytes).expect("value");
        let mut map = HeaderMap::new();
        map.insert("x-forwarded-for", value.clone());
        let _ = proxies().client_address("10.0.0.1".parse().expect("peer"), &map);
        map.insert("forwarded", value);
        map.remove("x-forwarded-for");
        let _ = proxies().client_address("10.0.0.1".parse().expect("peer"), &map);
    }
    #[test]
    fn every_address_is_read_in_every_form(address: std::net::IpAddr, port: u16) {
        let bracketed = if address.is_ipv6() { format!("[{address}]") } else { address.to_string() };
        prop_assert_eq!(node_address(&address.to_string()), Some(address));
        prop_assert_eq!(node_address(&bracketed), Some(address));
        prop_assert_eq!(node_address(&format!("{bracketed}:{port}")), Some(address));
    }
}

/// What proxies said, and what it means.
type Case<'a> = (&'a [(&'a str, &'a str)], Option<bool>);

#[test]
fn the_scheme_of_the_clients_own_connection() {
    let trusted = TrustedProxies::parse(&["10.0.0.0/8"]).expect("networks");
    let cases: &[Case<'_>] = &[
        (&[], None),
        (&[("x-forwarded-proto", "https")], Some(true)),
        (&[("x-forwarded-proto", "http")], Some(false)),
        (&[("x-forwarded-proto", "HTTPS")], None),
        (&[("x-forwarded-proto", "https"), ("x-forwarded-proto", "https")], None),
        (&[("x-forwarded-proto", "https, http")], None),
        (&[("forwarded", "for=192.0.2.1;proto=https")], Some(true)),
        (&[("forwarded", "proto=HTTP;for=192.0.2.1")], Some(false)),
        (&[("forwarded", "for=192.0.2.1;proto=\"https\"")], Some(true)),
        (&[("forwarded", "for=192.0.2.1;proto=wss")], None),
        (&[("forwarded", "for=192.0.2.1")], None),
        (&[("forwarded", "for=192.0.2.1;proto=https;proto=http")], None),
        (&[("forwarded", "for=192.0.2.1;proto=https, for=10.0.0.2;proto=http")], Some(true)),
        (&[("forwarded", "for=10.0.0.3;proto=https, for=10.0.0.2;proto=http")], Some(true)),
        // What the client wrote itself stands left of its own hop.
        (&[("forwarded", "for=10.0.0.9;proto=https, for=192.0.2.1;proto=http")], Some(false)),
        (&[("forwarded", "for=192.0.2.1;proto=https, for=unknown;proto=http")], None),
        (&[("forwarded", "for=192.0.2.1;proto=https,")], None),
        (&[("x-forwarded-proto", "https"), ("forwarded", "for=192.0.2.1;proto=https")], Some(true)),
        (&[("x-forwarded-proto", "https"), ("forwarded", "for=192.0.2.1")], Some(true)),
        (&[("x-forwarded-proto", "https"), ("forwarded", "for=192.0.2.1;proto=http")], None),
        (&[("x-forwarded-proto", "x"), ("forwarded", "for=192.0.2.1;proto=https")], None),
    ];
    for (fields, expected) in cases {
        let mut headers = HeaderMap::new();
        for (name, value) in *fields {
            headers.append(http::HeaderName::from_bytes(name.as_bytes()).expect("name"), value.parse().expect("value"));
        }
        assert_eq!(trusted.told_secure(&headers), *expected, "{fields:?}");
    }
}
