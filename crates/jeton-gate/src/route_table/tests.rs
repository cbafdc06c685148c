//! Which route wins, and what is refused.

use super::*;
use crate::upstream::Upstreams;

fn spec(text: &str) -> RouteSpec {
    let mut parts = text.split(' ');
    let (methods, target, scope) = (parts.next().unwrap_or("*"), parts.next().expect("target"), parts.next());
    let at = target.find('/').expect("path");
    let value = serde_json::json!({
        "host": (at > 0).then(|| &target[..at]),
        "path": &target[at..],
        "methods": if methods == "*" { vec![] } else { methods.split(',').collect::<Vec<_>>() },
        "audience": "https://api.example",
        "scopes": scope.into_iter().collect::<Vec<_>>(),
    });
    serde_json::from_value(value).expect("spec")
}

fn table(specs: Vec<RouteSpec>) -> Result<RouteTable, Invalid> {
    let mut upstreams = Upstreams::default();
    RouteTable::new(specs.iter().map(|spec| spec.read(&mut upstreams).expect("route")).collect())
}

fn of(list: &[&str]) -> Result<RouteTable, Invalid> {
    table(list.iter().map(|text| spec(text)).collect())
}

fn found(table: &RouteTable, host: &str, method: &str, path: &str) -> Result<String, Denial> {
    table.find(Some(host), method, path).map(|found| found.route.label().to_owned())
}

#[test]
fn the_most_specific_route_wins() {
    let table = of(&[
        "* /v1/**",
        "GET /v1/orders/*",
        "POST,PUT /v1/orders/*",
        "GET /v1/orders/new",
        "* /v1/orders/*",
        "* admin.example/**",
        "GET admin.example/v1/orders/*",
    ])
    .expect("table");
    let cases = [
        ("h", "GET", "/v1/orders/7", "GET /v1/orders/*"),
        ("h", "HEAD", "/v1/orders/7", "GET /v1/orders/*"),
        ("h", "PUT", "/v1/orders/7", "POST,PUT /v1/orders/*"),
        ("h", "DELETE", "/v1/orders/7", "* /v1/orders/*"),
        ("h", "GET", "/v1/orders/new", "GET /v1/orders/new"),
        ("h", "POST", "/v1/orders/new", "POST,PUT /v1/orders/*"),
        ("h", "GET", "/v1/orders/%6eew", "GET /v1/orders/new"),
        ("h", "GET", "/v1", "* /v1/**"),
        ("admin.example", "GET", "/v1/orders/new", "GET admin.example/v1/orders/*"),
        ("admin.example", "POST", "/v1/orders/new", "* admin.example/**"),
        ("admin.example", "GET", "/", "* admin.example/**"),
    ];
    for (host, method, path, label) in cases {
        assert_eq!(found(&table, host, method, path).as_deref(), Ok(label), "{host} {method} {path}");
    }
    assert_eq!(found(&table, "h", "GET", "/v2"), Err(Denial::NoSuchRoute));
    assert_eq!(found(&table, "h", "get", "/v1/orders/7").as_deref(), Ok("* /v1/orders/*"));
    assert_eq!(table.find(None, "GET", "/v1/x").map(|found| found.route.label().to_owned()).as_deref(), Ok("* /v1/**"));
    assert!(matches!(of(&["GET only.example/**"]).expect("table").find(None, "GET", "/"), Err(Denial::NoSuchRoute)));
}

#[test]
fn two_routes_that_a_call_could_mean_are_a_configuration_error() {
    for list in [
        &["GET /a", "GET /a"][..],
        &["* /a", "* /a"],
        &["GET /a", "HEAD /a"],
        &["GET,POST /a", "POST,PUT /a"],
        &["GET /a/*/c", "GET /a/b/*"],
        &["GET h.example/a", "GET H.example./a"],
        &["* /%61", "* /a"],
    ] {
        let fault = of(list).expect_err("collision");
        assert!(fault.rule.contains("a call could mean either"), "{list:?}: {fault}");
    }
    for list in [
        &["GET /a", "POST /a"][..],
        &["GET /a", "* /a"],
        &["GET /a/*", "GET /a/**"],
        &["GET /a/*/c", "GET /b/*/c"],
        &["GET /a", "GET h.example/a"],
        &["GET /a", "GET /a/"],
    ] {
        assert!(of(list).is_ok(), "{list:?}");
    }
}

#[test]
fn a_path_with_two_readings_is_refused_unless_its_route_allows_it() {
    let mut slash = spec("* /files/*");
    slash.path_rules.encoded_slash = true;
    let mut semicolon = spec("* /matrix/*");
    semicolon.path_rules.semicolon = true;
    let mut percent = spec("* /percent/*");
    percent.path_rules.encoded_percent = true;
    let table = table(vec![slash, semicolon, percent, spec("* /plain/**"), spec("* /files/*/admin")]).expect("table");
    let path = |raw: &str| table.find(Some("h"), "GET", raw).map(|found| found.path.as_str().to_owned());
    assert_eq!(path("/files/a%2fb").as_deref(), Ok("/files/a%2Fb"));
    assert_eq!(path("/matrix/a;b=1").as_deref(), Ok("/matrix/a;b=1"));
    assert_eq!(path("/percent/50%25").as_deref(), Ok("/percent/50%25"));
    for raw in [
        "/plain/a%2fb",
        "/plain/a;b",
        "/plain/50%25",
        "/plain/../x",
        "/plain//x",
        "/plain/%2e%2e/x",
        "/plain/a\\b",
        "/plain/a%5cb",
        "/plain/a%00",
        "/matrix/a%2fb",
        "/files/a;b",
        "/files/a%252fb",
        "/files/..%2fadmin",
        "/files/a%2f..%2fadmin",
        "/elsewhere/a%2fb",
        "/plain/%c0%ae",
        "/plain/a%",
        "plain",
    ] {
        assert_eq!(path(raw), Err(Denial::AmbiguousPath), "{raw}");
    }
    assert_eq!(path("/elsewhere"), Err(Denial::NoSuchRoute));
}

#[test]
fn bad_configuration_names_its_key() {
    type Change = fn(&mut RouteSpec);
    let cases: &[(&str, Change)] = &[
        ("host", |spec| spec.host = Some("a:80".into())),
        ("host", |spec| spec.host = Some("https://a".into())),
        ("host", |spec| spec.host = Some(String::new())),
        ("path", |spec| spec.path = "v1".into()),
        ("path", |spec| spec.path = "/a/../b".into()),
        ("methods", |spec| spec.methods = vec!["get".into()]),
        ("methods", |spec| spec.methods = vec!["GET".into(), "GET".into()]),
        ("methods", |spec| spec.methods = vec!["CONNECT".into()]),
        ("audience", |spec| spec.audience = "orders".into()),
        ("scopes", |spec| spec.scopes = vec!["orders:*".into()]),
        ("scopes", |spec| spec.scopes = vec!["a b".into()]),
        ("upstream", |spec| spec.upstream = vec!["ftp://a".into()]),
        ("upstream", |spec| spec.upstream = vec!["http://user:secret@a".into()]),
        ("upstream", |spec| spec.upstream = vec!["http://a/base".into()]),
        ("upstream", |spec| spec.upstream = vec!["127.0.0.1:80".into()]),
        ("upstream_ca", |spec| spec.upstream_ca = Some("/nowhere".into())),
        ("websocket", |spec| spec.websocket = true),
        ("upstream_ca", |spec| {
            spec.upstream = vec!["https://a".into()];
            spec.upstream_ca = Some("/nowhere/at/all.pem".into());
        }),
        ("upstream_ca", |spec| {
            spec.upstream = vec!["http://a".into()];
            spec.upstream_ca = Some("/nowhere".into());
        }),
        ("timeouts.response_ms", |spec| spec.timeouts.response_ms = Some(0)),
        ("timeouts.body_ms", |spec| spec.timeouts.body_ms = Some(u64::MAX)),
    ];
    for (key, change) in cases {
        let mut bad = spec("GET /a");
        change(&mut bad);
        let fault = bad.read(&mut Upstreams::default()).expect_err(key);
        assert_eq!(fault.0, *key, "{}", fault.1);
    }
    let unknown = serde_json::json!({"path": "/a", "audience": "https://a", "upstraem": "http://b"});
    assert!(serde_json::from_value::<RouteSpec>(unknown).is_err());
}

#[test]
fn a_route_that_asks_no_scopes_names_none() {
    let read = |access: &str, scopes: &[&str]| {
        let spec = serde_json::json!({"path": "/v1/**", "audience": "https://api.example.com", "access": access, "scopes": scopes});
        serde_json::from_value::<RouteSpec>(spec)
            .expect("spec")
            .read(&mut Upstreams::default())
            .map(|route| route.access)
            .map_err(|(key, _)| key)
    };
    assert_eq!(read("token", &["a:b"]), Ok(Access::Token));
    assert_eq!(read("publishable", &[]), Ok(Access::Publishable));
    assert_eq!(read("public", &[]), Ok(Access::Public));
    assert_eq!(read("public", &["a:b"]), Err("scopes"));
    assert_eq!(read("publishable", &["a:b"]), Err("scopes"));
}

#[test]
fn where_calls_go_is_read_strictly() {
    let fault = |more: serde_json::Value| {
        let mut spec = serde_json::json!({"path": "/v1/**", "audience": "https://api.example.com", "upstream": "http://127.0.0.1:1"});
        for (key, value) in more.as_object().expect("an object") {
            spec[key] = value.clone();
        }
        let spec = serde_json::from_value::<RouteSpec>(spec).map_err(|_| "unreadable");
        spec.and_then(|spec| spec.read(&mut Upstreams::default()).map_err(|(key, _)| key)).err()
    };
    use serde_json::json;
    let several = json!(["http://127.0.0.1:1", "http://127.0.0.1:2"]);
    for good in [
        json!({}),
        json!({"upstream": several, "balance": "least_requests", "retries": 2, "health": {"path": "/healthz"}}),
        json!({"upstream_token": "none"}),
        json!({"upstream_token": "jwt", "upstream_token_seconds": 600}),
        json!({"upstream": several, "upstream_token": "jwt", "upstream_audience": "https://upstream.example"}),
    ] {
        assert_eq!(fault(good.clone()), None, "{good}");
    }
    for (bad, key) in [
        (json!({"upstream": []}), "unreadable"),
        (json!({"upstream": 5}), "unreadable"),
        (json!({"upstream": ["http://127.0.0.1:1", "https://127.0.0.1:2"]}), "upstream"),
        (json!({"upstream": ["http://127.0.0.1:1/path"]}), "upstream"),
        (json!({"retries": 6}), "retries"),
        (json!({"health": {"path": "healthz"}}), "health.path"),
        (json!({"health": {"path": "/h", "fall": 0}}), "health.fall"),
        (json!({"health": {"path": "/h", "every_ms": 0}}), "health.every_ms"),
        (json!({"upstream_certificate": "a.pem"}), "upstream_certificate"),
        (json!({"upstream_key": "a.pem"}), "upstream_key"),
        (json!({"upstream_certificate": "a.pem", "upstream_key": "b.pem"}), "upstream_certificate"),
        (json!({"upstream_audience": "https://a.example"}), "upstream_audience"),
        (json!({"upstream_token": "jwt", "upstream_audience": "https://api.example.com"}), "upstream_audience"),
        (json!({"upstream_token": "jwt", "upstream_token_seconds": 9}), "upstream_token_seconds"),
        (json!({"upstream_token": "jwt", "keep_authorization": true}), "keep_authorization"),
        (json!({"upstream": several, "upstream_token": "jwt"}), "upstream_audience"),
    ] {
        assert_eq!(fault(bad.clone()), Some(key), "{bad}");
    }
}
