//! Scopes: what a token may do, in the words of the API that it is for.
//!
//! Grammar (a subset of RFC 6749, section 3.3):
//! ```text
//! scope   = segment *( ":" segment ) [ ":" "*" ]
//! segment = 1*( ALPHA / DIGIT / "." / "_" / "-" / "/" )
//! ```
//! A granted `a:*` covers every scope that begins with `a:` (`a:b`, `a:b:c`), not `a` itself. A `*` stands only at the end,
//! only alone in its segment, and never in what a route demands. Scopes compare byte for byte; case counts.

use crate::{fault::Invalid, limits};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One scope, granted or demanded.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(Box<str>);

/// Scopes in order, each once.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ScopeSet(Vec<Scope>);

impl Scope {
    /// Reads one scope.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() || text.len() > limits::SCOPE_MAX {
            return Err(Invalid::new(format!("must be 1 to {} characters long", limits::SCOPE_MAX)));
        }
        let stem = text.strip_suffix(":*").unwrap_or(text);
        let segment_fits = |segment: &str| {
            !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/'))
        };
        if stem.split(':').all(segment_fits) {
            Ok(Self(text.into()))
        } else {
            Err(Invalid::new(
                "must be segments of letters, digits, `.`, `_`, `-` or `/` joined by `:`, with `*` only as the last segment, such as `orders:read`",
            ))
        }
    }
    /// The scope's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Whether it ends in `:*`.
    pub fn is_wildcard(&self) -> bool {
        self.0.ends_with(":*")
    }
    /// Whether having `self` is enough for `wanted`, which may be a wildcard too (then all that it covers is covered).
    pub fn covers(&self, wanted: &Self) -> bool {
        match self.0.strip_suffix('*') {
            Some(stem) => wanted.0.len() > stem.len() && wanted.0.starts_with(stem),
            None => self.0 == wanted.0,
        }
    }
}

impl ScopeSet {
    /// The empty set.
    pub const fn empty() -> Self {
        Self(Vec::new())
    }
    /// Reads a list of scopes; a repeated one is refused.
    pub fn parse_list<T: AsRef<str>>(list: &[T]) -> Result<Self, Invalid> {
        if list.len() > limits::SCOPES_MAX {
            return Err(Invalid::new(format!("must hold at most {} scopes", limits::SCOPES_MAX)));
        }
        let mut scopes = Vec::with_capacity(list.len());
        for text in list {
            let text = text.as_ref();
            scopes.push(Scope::parse(text).map_err(|fault| Invalid::new(format!("holds `{}`, which {fault}", printable(text))))?);
        }
        scopes.sort();
        if scopes.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(Invalid::new("must not hold the same scope twice"));
        }
        Ok(Self(scopes))
    }
    /// Reads the space-separated form of RFC 6749.
    pub fn parse_spaced(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Ok(Self::empty());
        }
        Self::parse_list(&text.split(' ').collect::<Vec<_>>())
    }
    /// From scopes already read, sorted and made unique.
    pub fn from_scopes(mut scopes: Vec<Scope>) -> Self {
        scopes.sort();
        scopes.dedup();
        Self(scopes)
    }
    /// The scopes in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Scope> {
        self.0.iter()
    }
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Whether some scope here covers `wanted`.
    pub fn covers(&self, wanted: &Scope) -> bool {
        self.0.iter().any(|granted| granted.covers(wanted))
    }
    /// Whether every scope of `wanted` is covered.
    pub fn covers_all(&self, wanted: &Self) -> bool {
        wanted.0.iter().all(|scope| self.covers(scope))
    }
    /// The space-separated form of RFC 6749.
    pub fn to_spaced(&self) -> String {
        self.0.iter().map(Scope::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// Cuts hostile text to what can be shown inside an error.
pub(crate) fn printable(text: &str) -> String {
    text.chars().take(40).map(|c| if c.is_ascii_graphic() && c != '`' { c } else { '?' }).collect()
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::fmt::Debug for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}
impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&<std::borrow::Cow<'de, str>>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}
impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse_list(&Vec::<String>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(text: &str) -> Scope {
        Scope::parse(text).expect("scope")
    }

    #[test]
    fn a_wildcard_covers_what_lies_below_it_and_nothing_else() {
        assert!(scope("orders:*").covers(&scope("orders:read")));
        assert!(scope("orders:*").covers(&scope("orders:items:read")));
        assert!(scope("orders:*").covers(&scope("orders:items:*")));
        assert!(scope("orders:*").covers(&scope("orders:*")));
        assert!(!scope("orders:*").covers(&scope("orders")));
        assert!(!scope("orders:*").covers(&scope("ordersx:read")));
        assert!(!scope("orders:read").covers(&scope("orders:*")));
        assert!(!scope("orders:read").covers(&scope("Orders:read")));
    }

    #[test]
    fn the_grammar_is_closed() {
        for bad in ["", "*", ":", "a:", ":a", "a::b", "a b", "a:*:b", "a*", "a:b*", "é", "a\n", "a\"b", "a\\b"] {
            assert!(Scope::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Scope::parse(&"a".repeat(limits::SCOPE_MAX + 1)).is_err());
        assert!(ScopeSet::parse_list(&["a", "a"]).is_err());
        assert!(ScopeSet::parse_spaced("a  b").is_err());
    }
}
