//! The three styles, and what a client can do to each.

use super::*;

fn trusted() -> TrustedProxies {
    TrustedProxies::parse(&["10.0.0.0/8"]).expect("networks")
}

/// `method host path query address` of what was read.
fn ask_from(peer: &str, method: &str, uri: &str, headers: &[(&str, &str)]) -> Result<String, HttpFault> {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(()).expect("request");
    let original = Original::read(&request, peer.parse().expect("peer"), &trusted())?;
    let address = original.client_ip.map_or_else(|| "-".into(), |address| address.to_string());
    Ok(format!(
        "{} {} {} {} {address}",
        original.method,
        original.host.as_deref().unwrap_or("-"),
        original.path,
        original.query.as_deref().unwrap_or("-")
    ))
}

fn ask(method: &str, uri: &str, headers: &[(&str, &str)]) -> Result<String, HttpFault> {
    ask_from("10.0.0.1", method, uri, headers)
}

const NGINX: &[(&str, &str)] =
    &[("host", "jeton"), ("x-original-method", "POST"), ("x-original-uri", "/v1/a?b=c"), ("x-forwarded-for", "192.0.2.1")];
const CADDY: &[(&str, &str)] = &[
    ("host", "API.example"),
    ("x-forwarded-method", "DELETE"),
    ("x-forwarded-uri", "/v1/a%20b"),
    ("x-forwarded-host", "API.example:443"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-for", "192.0.2.1"),
];
const ENVOY: &[(&str, &str)] = &[("host", "api.example"), ("x-forwarded-for", "192.0.2.1")];

#[test]
fn each_style_is_read() {
    assert_eq!(ask("GET", "/gate/check", NGINX).as_deref(), Ok("POST - /v1/a b=c 192.0.2.1"));
    assert_eq!(ask("GET", "/gate/check", CADDY).as_deref(), Ok("DELETE api.example /v1/a%20b - 192.0.2.1"));
    assert_eq!(ask("GET", "/gate/check?b=c", NGINX).as_deref(), Ok("POST - /v1/a b=c 192.0.2.1"));
    assert_eq!(ask("PATCH", "/gate/check/v1/a?b=c", ENVOY).as_deref(), Ok("PATCH api.example /v1/a b=c 192.0.2.1"));
    assert_eq!(ask("GET", "/gate/check/", ENVOY).as_deref(), Ok("GET api.example / - 192.0.2.1"));
    assert_eq!(ask("GET", "/gate/check//v1/../a%2fb", ENVOY).as_deref(), Ok("GET api.example //v1/../a%2fb - 192.0.2.1"));
    let whole = [("x-original-method", "GET"), ("x-original-url", "https://api.example/v1/a?b"), ("x-original-host", "api.example")];
    assert_eq!(ask("GET", "/gate/check", &whole).as_deref(), Ok("GET api.example /v1/a b -"));
}

#[test]
fn nobody_but_a_trusted_proxy_is_answered() {
    for style in [NGINX, CADDY, ENVOY, &[]] {
        assert_eq!(ask_from("192.0.2.9", "GET", "/gate/check", style), Err(HttpFault::UntrustedAsker));
        assert_eq!(ask_from("192.0.2.9", "GET", "/gate/check/v1/a", style), Err(HttpFault::UntrustedAsker));
    }
}

#[test]
fn what_is_missing_is_not_filled_in() {
    let without =
        |style: &[(&'static str, &'static str)], name: &str| -> Vec<_> { style.iter().copied().filter(|(own, _)| *own != name).collect() };
    assert_eq!(ask("GET", "/gate/check", &[]), Err(HttpFault::NoOriginalMethod));
    assert_eq!(ask("GET", "/gate/check", &without(NGINX, "x-original-method")), Err(HttpFault::NoOriginalMethod));
    assert_eq!(ask("GET", "/gate/check", &without(NGINX, "x-original-uri")), Err(HttpFault::NoOriginalUri));
    assert_eq!(ask("GET", "/gate/check", &without(CADDY, "x-forwarded-method")), Err(HttpFault::NoOriginalMethod));
    assert_eq!(ask("GET", "/gate/check", &without(CADDY, "x-forwarded-uri")), Err(HttpFault::NoOriginalUri));
    assert_eq!(ask("GET", "/gate/check", &without(CADDY, "x-forwarded-for")).as_deref(), Ok("DELETE api.example /v1/a%20b - -"));
    assert_eq!(ask("GET", "/gate/check?x=1", NGINX), Err(HttpFault::Contradiction));
    assert_eq!(ask("GET", "/gate/checked", NGINX), Err(HttpFault::TargetForm));
}

#[test]
fn a_client_cannot_add_another_story() {
    let with = |style: &[(&'static str, &'static str)], more: &[(&'static str, &'static str)]| -> Vec<_> { [style, more].concat() };
    let stories = [
        (NGINX, "/gate/check", ("x-forwarded-uri", "/public")),
        (NGINX, "/gate/check", ("x-forwarded-method", "GET")),
        (NGINX, "/gate/check", ("x-original-url", "/public")),
        (NGINX, "/gate/check", ("x-original-uri", "/public")),
        (CADDY, "/gate/check", ("x-original-uri", "/public")),
        (CADDY, "/gate/check", ("x-original-method", "GET")),
        (CADDY, "/gate/check", ("x-original-host", "other.example")),
        (CADDY, "/gate/check", ("x-forwarded-uri", "/public")),
        (ENVOY, "/gate/check/v1/a", ("x-original-uri", "/public")),
        (ENVOY, "/gate/check/v1/a", ("x-forwarded-uri", "/v1/a?x")),
        (ENVOY, "/gate/check/v1/a", ("x-forwarded-method", "POST")),
        (ENVOY, "/gate/check/v1/a", ("x-forwarded-host", "other.example")),
    ];
    for (style, uri, story) in stories {
        assert_eq!(ask("GET", uri, &with(style, &[story])), Err(HttpFault::Contradiction), "{story:?}");
    }
    // The same story twice is one story.
    assert!(ask("GET", "/gate/check", &with(NGINX, &[("x-forwarded-uri", "/v1/a?b=c"), ("x-forwarded-method", "POST")])).is_ok());
    assert!(ask("GET", "/gate/check/v1/a", &with(ENVOY, &[("x-forwarded-uri", "/v1/a"), ("x-forwarded-method", "GET")])).is_ok());
}

#[test]
fn hostile_values() {
    let uri = |value: &str| ask("GET", "/gate/check", &[("x-original-method", "GET"), ("x-original-uri", value)]);
    for (value, fault) in [
        ("v1", HttpFault::TargetForm),
        ("", HttpFault::TargetForm),
        ("*", HttpFault::TargetForm),
        ("/a b", HttpFault::Query),
        ("/a#b", HttpFault::Query),
        ("host:80", HttpFault::TargetForm),
    ] {
        assert_eq!(uri(value), Err(fault), "{value}");
    }
    assert_eq!(uri(&format!("/{}", "a".repeat(limits::TARGET_MAX))), Err(HttpFault::TargetTooLong));
    let method = |value: &str| ask("GET", "/gate/check", &[("x-original-method", value), ("x-original-uri", "/a")]);
    for bad in ["", "GET POST", "GET\t", "a".repeat(limits::METHOD_MAX + 1).as_str(), "GE(T"] {
        assert_eq!(method(bad), Err(HttpFault::NoOriginalMethod), "{bad}");
    }
    let host =
        |value: &str| ask("GET", "/gate/check", &[("x-original-method", "GET"), ("x-original-uri", "/a"), ("x-forwarded-host", value)]);
    for bad in ["a, b", "a/b", "", "user@a"] {
        assert_eq!(host(bad), Err(HttpFault::Host), "{bad}");
    }
}

#[test]
fn questions_are_asked_below_the_prefix_only() {
    for (path, is) in
        [("/gate/check", true), ("/gate/check/", true), ("/gate/check/a", true), ("/gate/checks", false), ("/gate", false), ("/", false)]
    {
        assert_eq!(is_question(path), is, "{path}");
    }
}
