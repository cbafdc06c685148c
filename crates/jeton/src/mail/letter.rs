//! The words of the letters. A letter says who it is from, what happened, what to do, and what to do if it was not the reader.
//!
//! Names stand in the text alone, never in an address or a subject.

use super::Notice;
use jeton_core::timestamp::Timestamp;
use zeroize::Zeroizing;

/// A letter. `Debug` shows nothing of its text, which may hold a link.
pub struct Letter {
    /// Whom it is for.
    pub to: String,
    /// Its subject.
    pub subject: &'static str,
    /// Its text.
    pub text: Zeroizing<String>,
}

const END: &str = "\n\nThis was written by Jeton. Answers to this address are read by nobody.\n";

fn until(expires_at: Timestamp) -> String {
    crate::pages::instant::Instant::from(expires_at).people
}

impl Letter {
    fn new(to: &str, subject: &'static str, text: String) -> Self {
        Self { to: to.to_owned(), subject, text: Zeroizing::new(text + END) }
    }
    /// With the link to choose another password.
    pub(super) fn reset(to: &str, name: &str, link: &str, expires_at: Timestamp) -> Self {
        let text = format!(
            "Hello {name},\n\nsomebody asked for another password for your account. If that was you, choose one here:\n\n{link}\n\n\
             The link is good once, until {}. If it was not you, there is nothing to do: your password stays as it is.",
            until(expires_at)
        );
        Self::new(to, "Choose another password", text)
    }
    /// With the link that verifies an address.
    pub(super) fn verification(to: &str, name: &str, link: &str, expires_at: Timestamp) -> Self {
        let text = format!(
            "Hello {name},\n\nplease confirm that this address is yours:\n\n{link}\n\nThe link is good once, until {}. If you know \
             nothing of this, there is nothing to do.",
            until(expires_at)
        );
        Self::new(to, "Confirm your e-mail address", text)
    }
    /// With an invitation.
    pub(super) fn invitation(to: &str, issuer: &str, link: &str, expires_at: Timestamp) -> Self {
        let text = format!(
            "Hello,\n\nyou are invited to have an account at {issuer}. Make it your own here:\n\n{link}\n\nThe link is good once, until \
             {}. If you know nothing of this, there is nothing to do.",
            until(expires_at)
        );
        Self::new(to, "You are invited", text)
    }
    /// About something that was changed.
    pub(super) fn notice(to: &str, name: &str, issuer: &str, notice: Notice) -> Self {
        let text = format!(
            "Hello {name},\n\n{} at {issuer}. If that was you, there is nothing to do. If it was not, choose another password at once \
             ({issuer}/account/reset) and tell who runs this server.",
            notice.words()
        );
        Self::new(to, "Your account was changed", text)
    }
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Letter({}, redacted)", self.subject)
    }
}
