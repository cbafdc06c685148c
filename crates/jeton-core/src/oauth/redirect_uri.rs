//! Redirect URIs: which ones can be registered (RFC 6749, section 3.1.2; RFC 8252, sections 7 and 8; RFC 9700, section 4.1), and
//! whether the one in a request is a registered one. That is a comparison of bytes: nothing is ever decoded, resolved or expanded.

use super::{
    client_uri,
    registration::{ApplicationType, Registration},
};
use crate::{fault::Invalid, limits};
use url::{Host, Url};

/// A registered redirect URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedirectUri<'u>(&'u str);

/// Hosts of this machine whose port may differ between registration and request (RFC 8252, section 7.3). `localhost` is none of
/// them: it may be resolved to anything.
const PORTLESS: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];

impl<'u> RedirectUri<'u> {
    /// One that was validated when it was registered.
    pub const fn of(registered: &'u str) -> Self {
        Self(registered)
    }
    /// Whether the URI of a request is this one: byte for byte, but for the port of a loopback address.
    pub fn matches(self, presented: &str) -> bool {
        self.0 == presented
            || PORTLESS.iter().any(|origin| match (after_port(self.0, origin), after_port(presented, origin)) {
                (Some(registered), Some(presented)) => registered == presented,
                _ => false,
            })
    }
}

/// What stands behind `origin` and its port; `None` where the text is not `origin`, a port or none, and a path or query.
fn after_port<'t>(text: &'t str, origin: &str) -> Option<&'t str> {
    let rest = text.strip_prefix(origin)?;
    let rest = match rest.strip_prefix(':') {
        Some(behind) => {
            let end = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
            let (port, rest) = behind.split_at(end);
            let is_port = (1..=5).contains(&port.len()) && port.parse::<u16>().is_ok_and(|port| port != 0);
            if is_port { rest } else { return None }
        }
        None => rest,
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest)
}

impl Registration {
    /// Whether answers may be sent to this address.
    pub fn redirects_to(&self, presented: &str) -> bool {
        self.redirect_uris.iter().any(|own| RedirectUri::of(own).matches(presented))
    }
    /// Whether a browser may go to this address after signing out.
    pub fn returns_to_after_logout(&self, presented: &str) -> bool {
        self.post_logout_redirect_uris.iter().any(|own| RedirectUri::of(own).matches(presented))
    }
}

/// What kind of address it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RedirectKind {
    /// `https`.
    Https,
    /// `http` on this machine.
    Loopback,
    /// A scheme of an app's own.
    PrivateUse,
}

/// Reads a redirect URI that is to be registered.
pub(super) fn read(text: &str) -> Result<RedirectKind, Invalid> {
    let url = client_uri::read(text)?;
    match url.scheme() {
        "https" => Ok(RedirectKind::Https),
        "http" if is_loopback(&url) => Ok(RedirectKind::Loopback),
        "http" => Err(Invalid::new("must be `https`: plain `http` is for loopback addresses only")),
        scheme if is_reverse_domain(scheme) => private_use(&url).map(|()| RedirectKind::PrivateUse),
        _ => Err(Invalid::new("must have the scheme `https`, or a native app's own in reverse-domain form such as `com.example.app`")),
    }
}

/// Whether an address of this kind fits a client of this type.
pub(super) fn fits(kind: RedirectKind, application: ApplicationType, development: bool) -> Result<(), Invalid> {
    match (kind, application) {
        (RedirectKind::Https, _) | (_, ApplicationType::Native) => Ok(()),
        (RedirectKind::Loopback, ApplicationType::Web) if development => Ok(()),
        (RedirectKind::Loopback, ApplicationType::Web) => {
            Err(Invalid::new("must be `https` for a web app: `http` on loopback is for `application_type` `native`, or for development"))
        }
        (RedirectKind::PrivateUse, ApplicationType::Web) => {
            Err(Invalid::new("must be `https` for a web app: a scheme of its own is for `application_type` `native`"))
        }
    }
}

/// Whether the host is this machine, by number or by name.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A domain that its owner turned round (RFC 8252, section 7.1): schemes that browsers know have no dot.
fn is_reverse_domain(scheme: &str) -> bool {
    let label = |label: &str| !label.is_empty() && !label.starts_with('-') && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    scheme.len() <= limits::CLIENT_TEXT_MAX && scheme.contains('.') && scheme.split('.').all(label)
}

fn private_use(url: &Url) -> Result<(), Invalid> {
    let dots = url.path().split('/').any(|segment| matches!(segment, "." | ".."));
    if dots { Err(Invalid::new("must have no `.` or `..` in its path")) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
