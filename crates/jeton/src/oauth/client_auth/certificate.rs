//! Certificates as proof of a client (RFC 8705, section 2). That the other end has the certificate's key, TLS proved; which
//! client's it is, is told here.

use base64::{Engine, engine::general_purpose::STANDARD};
use jeton_core::{client_certificate::thumbprint, limits, oauth::registration::AuthMethod};
use jeton_gate::connection::Peer;
use jeton_store::client::Client;
use serde_json::Value;

/// Whether the connection's certificate is the client's.
pub(super) fn proves(client: &Client, peer: Option<Peer>) -> bool {
    let Some(shown) = peer.and_then(|peer| peer.certificate) else { return false };
    match client.registration.token_endpoint_auth_method {
        AuthMethod::SelfSignedTlsClientAuth => own_certificates(client).any(|own| own == shown),
        // Its subject says which client it is, and only a connection whose issuer was verified would tell that.
        _ => false,
    }
}

/// The certificates in the client's key set: `x5c`, the leaf first (RFC 8705, section 2.2.2).
fn own_certificates(client: &Client) -> impl Iterator<Item = [u8; 32]> {
    let keys = client.registration.jwks.as_ref().and_then(|set| set.get("keys")).and_then(Value::as_array);
    let leaf = |key: &Value| {
        let text = key.get("x5c")?.as_array()?.first()?.as_str()?;
        Some(thumbprint(&STANDARD.decode(text).ok()?))
    };
    keys.into_iter().flatten().take(limits::JWKS_KEYS_MAX).filter_map(leaf)
}
