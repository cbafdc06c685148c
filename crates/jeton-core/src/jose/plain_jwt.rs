//! The text of a JWT that was just signed. It can be shown once, to whoever it was issued to; nothing logs or stores it.

use zeroize::Zeroizing;

/// A JWT's whole text. Has no `Display`, no `Serialize`, and its `Debug` prints only its type.
pub struct PlainJwt(Zeroizing<String>);

impl PlainJwt {
    /// What a signing key signed.
    pub(super) const fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }
    /// The text itself. For the answer that issues the token, and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
    /// The last four characters, kept so that an owner can tell tokens apart.
    pub fn hint(&self) -> &str {
        self.0.len().checked_sub(4).and_then(|from| self.0.get(from..)).unwrap_or_default()
    }
}

impl std::fmt::Debug for PlainJwt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PlainJwt(redacted)")
    }
}
