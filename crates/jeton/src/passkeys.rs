//! Passkeys (WebAuthn): registering them and signing in with them, also as the only way in. The authenticator must have known its owner
//! (by a PIN, a finger, a face), so that a passkey is two factors by itself.
//!
//! A challenge travels sealed in its form, for one browser or session, and is good once.

pub(crate) mod ceremony;
mod own;

pub use ceremony::{Answered, Challenge, Registered, Registrant};
pub use own::{PasskeyName, add, challenge_for_new, challenge_to_add, register_new, remove, rename};

use jeton_store::StoreError;
use url::Url;
use webauthn_rs::prelude::{Webauthn, WebauthnBuilder};

/// Why a passkey was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyFault {
    /// The issuer's host is an address, which no browser makes passkeys for.
    #[error("passkeys need an issuer with a host name: a browser makes none for an IP address")]
    Unavailable,
    /// The page stood for too long, or its challenge was used before.
    #[error("the page stood for too long, or was used before: reload it and try again")]
    Stale,
    /// The authenticator's answer is not in order, or for something else.
    #[error("the answer of the passkey was not in order")]
    Refused,
    /// Nobody here has this passkey.
    #[error("this passkey is not known here")]
    Unknown,
    /// The memory does not answer, or refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The rules of this installation; none where its host can have no passkeys.
#[derive(Clone, Debug)]
pub struct Passkeys(Option<Webauthn>);

impl Passkeys {
    /// For an issuer: its host is what passkeys are for, its origin the only one that they are taken from.
    pub fn new(issuer: &str) -> Self {
        Self(rules(issuer))
    }
    /// Whether there can be any.
    pub const fn are_possible(&self) -> bool {
        self.0.is_some()
    }
    fn rules(&self) -> Result<&Webauthn, PasskeyFault> {
        self.0.as_ref().ok_or(PasskeyFault::Unavailable)
    }
}

fn rules(issuer: &str) -> Option<Webauthn> {
    let issuer = Url::parse(issuer).ok()?;
    let origin = Url::parse(&issuer.origin().ascii_serialization()).ok()?;
    let host = issuer.domain()?;
    let builder = WebauthnBuilder::new(host, &origin).ok()?;
    builder.rp_name("Jeton").build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_for_host_names() {
        for (issuer, possible) in [
            ("https://auth.example.com", true),
            ("https://auth.example.com/base", true),
            ("http://localhost:8700", true),
            ("http://127.0.0.1:8700", false),
            ("http://[::1]:8700", false),
        ] {
            assert_eq!(Passkeys::new(issuer).are_possible(), possible, "{issuer}");
        }
    }
}
