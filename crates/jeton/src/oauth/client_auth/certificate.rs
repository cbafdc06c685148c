//! Certificates as proof of a client (RFC 8705, section 2). That the other end has the certificate's key, TLS proved; which
//! client's it is, is told here.

use base64::{Engine, engine::general_purpose::STANDARD};
use jeton_core::{
    client_certificate::{ClientCertificate, Names, thumbprint},
    limits,
    oauth::registration::{AuthMethod, Registration},
};
use serde_json::Value;

/// Whether the certificate that was shown is the client's.
pub(super) fn proves(client: &Registration, shown: Option<&ClientCertificate>) -> bool {
    let Some(shown) = shown else { return false };
    match client.token_endpoint_auth_method {
        AuthMethod::SelfSignedTlsClientAuth => own_certificates(client).any(|own| own == shown.thumbprint),
        AuthMethod::TlsClientAuth => shown.verified_names().is_some_and(|names| names_client(client, names)),
        _ => false,
    }
}

/// Whether the one name that is registered is among those of the certificate (RFC 8705, section 2.1.2). None or several are
/// no registration.
fn names_client(client: &Registration, names: &Names) -> bool {
    let registered = (
        client.tls_client_auth_subject_dn.as_deref(),
        client.tls_client_auth_san_dns.as_deref(),
        client.tls_client_auth_san_uri.as_deref(),
        client.tls_client_auth_san_ip.as_deref(),
        client.tls_client_auth_san_email.as_deref(),
    );
    match registered {
        (Some(subject), None, None, None, None) => names.has_subject(subject),
        (None, Some(host), None, None, None) => names.has_dns(host),
        (None, None, Some(uri), None, None) => names.has_uri(uri),
        (None, None, None, Some(address), None) => names.has_address(address),
        (None, None, None, None, Some(email)) => names.has_email(email),
        _ => false,
    }
}

/// The certificates in the client's key set: `x5c`, the leaf first (RFC 8705, section 2.2.2).
fn own_certificates(client: &Registration) -> impl Iterator<Item = [u8; 32]> {
    let keys = client.jwks.as_ref().and_then(|set| set.get("keys")).and_then(Value::as_array);
    let leaf = |key: &Value| {
        let text = key.get("x5c")?.as_array()?.first()?.as_str()?;
        Some(thumbprint(&STANDARD.decode(text).ok()?))
    };
    keys.into_iter().flatten().take(limits::JWKS_KEYS_MAX).filter_map(leaf)
}

#[cfg(test)]
mod tests;
