//! Settings of mail. The address of the server may hold a password and is never printed: its `Debug` is redacted.

use serde::Deserialize;

/// Mail: links to verify addresses, to choose another password, and invitations. Without it an administrator hands links over.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailConfig {
    /// The server: `smtps://user:password@host` (TLS from the first byte), or `smtp://…`, which demands STARTTLS anywhere but on
    /// loopback.
    pub url: Option<String>,
    /// Who writes, such as `Jeton <jeton@example.com>`.
    pub from: Option<String>,
}

impl std::fmt::Debug for MailConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = self.url.as_deref().and_then(|url| url::Url::parse(url).ok()).and_then(|url| url.host_str().map(str::to_owned));
        f.debug_struct("MailConfig").field("host", &host).field("from", &self.from).finish()
    }
}
