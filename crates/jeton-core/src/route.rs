//! Routes: a method and a path pattern, on a token (what it may call) or on an API (what it offers).
//!
//! `GET /v1/orders/*` names a method (or `*` for any) and a pattern of segments. `*` stands for exactly one segment that is
//! not empty; `**`, only as the last segment, for what is left, nothing included. All else is literal and compared byte for
//! byte with the path's one encoding. `GET` covers `HEAD`.

use crate::{
    fault::Invalid,
    limits,
    path::{self, NormalPath, PathRules},
    scope::printable,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A method and a path pattern.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Route {
    method: Method,
    pattern: PathPattern,
}

/// The method part of a route.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Method {
    Any,
    Only(Box<str>),
}

/// The path part of a route.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathPattern(Box<str>);

impl PathPattern {
    /// Reads a pattern such as `/v1/orders/*` or `/v1/**`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let bad = || Invalid::new(format!("must be a path such as `/v1/orders/*` or `/v1/**` (got `{}`)", printable(text)));
        if text.len() > limits::ROUTE_MAX {
            return Err(bad());
        }
        // `*` is an ordinary path character, so one parser serves paths and patterns.
        let lenient = PathRules { encoded_slash: true, semicolon: true, encoded_percent: true };
        let normal = NormalPath::parse(text, lenient).map_err(|fault| Invalid::new(format!("is no path pattern: {fault}")))?;
        // An encoded `*` would turn into one that stands for anything: wider than it was written.
        if text.to_ascii_lowercase().contains("%2a") {
            return Err(bad());
        }
        let mut segments = normal.segments().peekable();
        while let Some(segment) = segments.next() {
            let fits = !segment.contains('*') || segment == "*" || (segment == "**" && segments.peek().is_none());
            if !fits {
                return Err(bad());
            }
        }
        Ok(Self(normal.as_str().into()))
    }
    /// The pattern's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Whether `path` fits the pattern.
    pub fn matches(&self, path: &NormalPath) -> bool {
        fits(&self.0, path.as_str())
    }
    /// As [`PathPattern::matches`], but a slash at the end of path or pattern makes no difference. For what guards an API:
    /// there a miss opens, and many servers answer `/a/` like `/a`.
    pub fn guards(&self, path: &NormalPath) -> bool {
        let bare = |text: &str| -> usize { if text.len() > 1 && text.ends_with('/') { text.len() - 1 } else { text.len() } };
        let (pattern, path) = (&*self.0, path.as_str());
        fits(pattern.get(..bare(pattern)).unwrap_or(pattern), path.get(..bare(path)).unwrap_or(path))
    }
    /// Whether every path that fits here fits `outer` too.
    pub fn is_within(&self, outer: &Self) -> bool {
        let (mut inner, mut outer) = (path::segments(&self.0), path::segments(&outer.0));
        loop {
            match (inner.next(), outer.next()) {
                (_, Some("**")) => return true,
                (Some("**"), _) => return false,
                (Some(segment), Some("*")) if !segment.is_empty() => {}
                (Some(inner), Some(outer)) if inner == outer => {}
                (None, None) => return true,
                _ => return false,
            }
        }
    }
    /// How specific the pattern is: more literal segments win, then more segments, then no `**`.
    pub fn specificity(&self) -> (usize, usize, bool) {
        let literal = path::segments(&self.0).filter(|segment| !segment.starts_with('*')).count();
        (literal, path::segments(&self.0).count(), !self.0.ends_with("**"))
    }
}

/// Whether `path` fits `pattern`, both normal.
fn fits(pattern: &str, path: &str) -> bool {
    let mut wanted = path::segments(pattern);
    let mut found = path::segments(path);
    loop {
        match (wanted.next(), found.next()) {
            (Some("**"), _) => return true,
            (Some("*"), Some(segment)) if !segment.is_empty() => {}
            (Some(pattern), Some(segment)) if pattern != "*" && pattern == segment => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

impl Route {
    /// Reads `GET /v1/orders/*` or `* /v1/**`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let (method, pattern) = text
            .split_once(' ')
            .ok_or_else(|| Invalid::new(format!("must be a method and a path, such as `GET /v1/orders/*` (got `{}`)", printable(text))))?;
        Ok(Self { method: Method::parse(method)?, pattern: PathPattern::parse(pattern)? })
    }
    /// The path part.
    pub fn pattern(&self) -> &PathPattern {
        &self.pattern
    }
    /// Whether a request with this method and path is one of these.
    pub fn matches(&self, method: &str, path: &NormalPath) -> bool {
        self.method.covers(method) && self.pattern.matches(path)
    }
    /// As [`Route::matches`], but a slash at the end makes no difference: for what guards an API ([`PathPattern::guards`]).
    pub fn guards(&self, method: &str, path: &NormalPath) -> bool {
        self.method.covers(method) && self.pattern.guards(path)
    }
    /// Which of two routes that match one request speaks for it: the more specific pattern; then the one that is literal
    /// further to the left; then a named method before `*`, and `HEAD` before `GET`.
    pub fn cmp_specificity(&self, other: &Self) -> std::cmp::Ordering {
        let shape = |segment| match segment {
            "**" => 0u8,
            "*" => 1,
            _ => 2,
        };
        let own = self.pattern.specificity().cmp(&other.pattern.specificity());
        own.then_with(|| path::segments(&self.pattern.0).map(shape).cmp(path::segments(&other.pattern.0).map(shape)))
            .then_with(|| self.method.specificity().cmp(&other.method.specificity()))
    }
    /// Whether every request that fits here fits `outer` too.
    pub fn is_within(&self, outer: &Self) -> bool {
        let method = match &self.method {
            Method::Any => outer.method == Method::Any,
            Method::Only(method) => outer.method.covers(method),
        };
        method && self.pattern.is_within(&outer.pattern)
    }
}

impl Method {
    fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "*" => Ok(Self::Any),
            _ if (1..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'-') => Ok(Self::Only(text.into())),
            _ => Err(Invalid::new(format!("must begin with a method in capitals such as `GET`, or `*` (got `{}`)", printable(text)))),
        }
    }
    fn specificity(&self) -> u8 {
        match self {
            Self::Any => 0,
            Self::Only(name) if &**name == "GET" => 1,
            Self::Only(_) => 2,
        }
    }
    fn covers(&self, method: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(own) => **own == *method || (&**own == "GET" && method == "HEAD"),
        }
    }
}

impl std::fmt::Display for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let method = match &self.method {
            Method::Any => "*",
            Method::Only(method) => method,
        };
        write!(f, "{method} {}", self.pattern.0)
    }
}
impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{self}`")
    }
}
impl Serialize for Route {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Route {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&<std::borrow::Cow<'de, str>>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> NormalPath {
        NormalPath::parse(text, PathRules::default()).expect("path")
    }
    fn route(text: &str) -> Route {
        Route::parse(text).expect("route")
    }

    #[test]
    fn one_star_is_one_segment_and_two_are_the_rest() {
        let one = route("GET /v1/orders/*");
        assert!(one.matches("GET", &path("/v1/orders/7")));
        assert!(one.matches("HEAD", &path("/v1/orders/7")));
        assert!(!one.matches("POST", &path("/v1/orders/7")));
        assert!(!one.matches("GET", &path("/v1/orders")));
        assert!(!one.matches("GET", &path("/v1/orders/")));
        assert!(!one.matches("GET", &path("/v1/orders/7/items")));
        let rest = route("* /v1/**");
        for below in ["/v1", "/v1/", "/v1/a/b/c"] {
            assert!(rest.matches("DELETE", &path(below)), "{below}");
        }
        assert!(!rest.matches("GET", &path("/v1x")));
    }

    #[test]
    fn a_guard_is_not_passed_by_a_slash_at_the_end() {
        for (pattern, called) in [("/v1/a", "/v1/a/"), ("/v1/a/", "/v1/a"), ("/v1/*", "/v1/7/"), ("/", "/"), ("/v1/**", "/v1/")] {
            assert!(route(&format!("GET {pattern}")).guards("GET", &path(called)), "{pattern} {called}");
        }
        assert!(!route("GET /v1/a").guards("GET", &path("/")));
        assert!(!route("GET /v1/*").guards("GET", &path("/v1/")));
        assert!(!route("GET /v1/a").guards("POST", &path("/v1/a/")));
    }

    #[test]
    fn the_more_specific_route_speaks() {
        let ladder = ["* /**", "* /v1/**", "GET /v1/**", "GET /*/a", "* /v1/*", "GET /v1/*", "HEAD /v1/*", "* /v1/a", "HEAD /v1/a"];
        for (at, low) in ladder.iter().enumerate() {
            for high in &ladder[at + 1..] {
                assert_eq!(route(low).cmp_specificity(&route(high)), std::cmp::Ordering::Less, "{low} < {high}");
            }
        }
    }

    #[test]
    fn bad_routes_name_the_rule() {
        for bad in [
            "GET /a/%2a",
            "GET /a/%2A%2A",
            "",
            "GET",
            "GET v1",
            "get /v1",
            "GET /a*",
            "GET /**/a",
            "GET /a/../b",
            "GET  /a",
            "GET /a b",
            "* *",
        ] {
            assert!(Route::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn narrowing() {
        assert!(route("GET /v1/orders/7").is_within(&route("GET /v1/orders/*")));
        assert!(route("HEAD /v1/a").is_within(&route("GET /v1/**")));
        assert!(route("GET /v1/a/**").is_within(&route("* /v1/**")));
        assert!(!route("GET /v1/**").is_within(&route("GET /v1/*")));
        assert!(!route("* /v1/a").is_within(&route("GET /v1/a")));
        assert!(!route("GET /v1/orders/").is_within(&route("GET /v1/orders/*")));
    }
}
