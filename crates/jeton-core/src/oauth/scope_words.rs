//! The scopes that belong to OpenID Connect and to OAuth itself, and to no API.

use crate::scope::{Scope, ScopeSet};

/// What no API can declare (OpenID Connect Core, sections 5.4 and 11).
pub const SCOPE_WORDS: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

/// Whether this scope belongs to OpenID Connect.
pub fn is_scope_word(scope: &Scope) -> bool {
    SCOPE_WORDS.contains(&scope.as_str())
}

/// All of them.
pub fn scope_words() -> ScopeSet {
    ScopeSet::from_scopes(SCOPE_WORDS.iter().filter_map(|word| Scope::parse(word).ok()).collect())
}
