//! Scopes and lists of them.

use jeton_core::scope::{Scope, ScopeSet};

/// What parses prints to the same; covering is what the grammar says of it.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(scope) = Scope::parse(text) {
        assert_eq!(scope.as_str(), text);
        assert!(scope.covers(&scope) && text.is_ascii() && !text.contains([' ', '"', '\\']));
    }
    let Ok(set) = ScopeSet::parse_spaced(text) else { return };
    assert_eq!(ScopeSet::parse_spaced(&set.to_spaced()).as_ref(), Ok(&set));
    for granted in set.iter() {
        for wanted in set.iter() {
            let below = granted.as_str().strip_suffix('*').is_some_and(|stem| wanted.as_str().starts_with(stem));
            assert_eq!(granted.covers(wanted), granted == wanted || below, "{granted} {wanted}");
        }
    }
}
