//! The scopes that belong to OpenID Connect and to OAuth itself, and to no API.

use crate::scope::{Scope, ScopeSet};

/// Makes a request one of OpenID Connect (Core, section 3.1.2.1).
pub const OPENID: &str = "openid";
/// Asks for refresh tokens (Core, section 11).
pub const OFFLINE_ACCESS: &str = "offline_access";
/// What no API can declare (Core, sections 5.4 and 11).
pub const SCOPE_WORDS: [&str; 6] = [OPENID, "profile", "email", "address", "phone", OFFLINE_ACCESS];

/// Whether this scope belongs to OpenID Connect.
pub fn is_scope_word(scope: &Scope) -> bool {
    SCOPE_WORDS.contains(&scope.as_str())
}

/// Whether a scope asks for claims about the person, which only a request of OpenID Connect can.
pub fn asks_for_claims(scope: &Scope) -> bool {
    is_scope_word(scope) && ![OPENID, OFFLINE_ACCESS].contains(&scope.as_str())
}

/// All of them.
pub fn scope_words() -> ScopeSet {
    ScopeSet::from_scopes(SCOPE_WORDS.iter().filter_map(|word| Scope::parse(word).ok()).collect())
}
