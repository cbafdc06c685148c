//! Routes and path patterns.

use jeton_core::{
    path::{NormalPath, PathRules},
    route::Route,
};

/// A line with a route, then a line with a path. What parses prints to the same, lies within itself, and guards what it matches.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (text, called) = text.split_once('\n').unwrap_or((text, "/v1/orders/7"));
    let Ok(route) = Route::parse(text) else { return };
    assert_eq!(Route::parse(&route.to_string()).as_ref(), Ok(&route));
    assert!(route.is_within(&route));
    let everything = Route::parse("* /**").expect("route");
    assert!(route.is_within(&everything));
    if let Ok(path) = NormalPath::parse(called, PathRules::default()) {
        for method in ["GET", "HEAD", "POST"] {
            assert!(!route.matches(method, &path) || route.guards(method, &path));
            assert!(everything.matches(method, &path));
        }
    }
}
