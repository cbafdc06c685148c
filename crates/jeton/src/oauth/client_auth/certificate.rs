//! Certificates as proof of a client (RFC 8705, section 2.1). That the other end has the certificate's key, TLS proved; which
//! client's it is, is told here.

use jeton_core::{
    client_certificate::{ClientCertificate, Names},
    oauth::registration::Registration,
};

/// Whether the certificate that was shown has the client's name, and somebody vouches for it.
pub(super) fn proves(client: &Registration, shown: &ClientCertificate) -> bool {
    shown.verified_names().is_some_and(|names| names_client(client, names))
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

#[cfg(test)]
mod tests;
