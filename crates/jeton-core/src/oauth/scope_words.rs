//! The scopes of OpenID Connect (Core, sections 3.1.2.1, 5.4 and 11): words that belong to no API.

use crate::scope::Scope;

/// Makes a request one of OpenID Connect.
pub const OPENID: &str = "openid";
/// Asks for refresh tokens (section 11).
pub const OFFLINE_ACCESS: &str = "offline_access";
/// All of them.
pub const ALL: [&str; 6] = [OPENID, "profile", "email", "address", "phone", OFFLINE_ACCESS];

/// Whether a scope is one of these words.
pub fn is_word(scope: &Scope) -> bool {
    ALL.contains(&scope.as_str())
}

/// Whether a scope asks for claims about the person, which only a request of OpenID Connect can.
pub fn asks_for_claims(scope: &Scope) -> bool {
    is_word(scope) && ![OPENID, OFFLINE_ACCESS].contains(&scope.as_str())
}
