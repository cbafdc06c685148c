//! The authentication context classes that a sign-in here can come to (OpenID Connect Core, section 2; RFC 9470).

/// All of them, the weakest first.
pub const KNOWN: [&str; 1] = [crate::session::ACR_PASSWORD];

/// Whether a class can be reached here at all.
pub fn is_known(class: &str) -> bool {
    KNOWN.contains(&class)
}
