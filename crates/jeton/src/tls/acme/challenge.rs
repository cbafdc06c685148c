//! The answer to a challenge: a certificate with what the ACME server expects in it, shown in a handshake that asks for the protocol
//! `acme-tls/1` and nothing else (RFC 8737, section 3).

use super::AcmeFault;
use parking_lot::Mutex;
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::{crypto::aws_lc_rs, server::ClientHello, sign::CertifiedKey};
use rustls_pki_types::PrivateKeyDer;
use std::{collections::HashMap, sync::Arc};

/// The protocol of the handshake.
pub const PROTOCOL: &[u8] = b"acme-tls/1";

/// The challenges that are being met, by domain.
#[derive(Debug, Default)]
pub struct Challenges(Mutex<HashMap<String, Arc<CertifiedKey>>>);

/// Whether a handshake is that of a challenge.
pub fn is_challenge(hello: &ClientHello<'_>) -> bool {
    let Some(mut protocols) = hello.alpn() else { return false };
    protocols.next() == Some(PROTOCOL) && protocols.next().is_none()
}

impl Challenges {
    /// The certificate for a domain whose challenge is being met.
    pub(in crate::tls) fn answer(&self, domain: &str) -> Option<Arc<CertifiedKey>> {
        self.0.lock().get(domain).cloned()
    }
    /// Meets the challenge of a domain from now on; `digest` is that of the key authorization.
    pub(super) fn meet(&self, domain: &str, digest: &[u8]) -> Result<(), AcmeFault> {
        let bad = |error: &dyn std::fmt::Display| AcmeFault::Challenge(error.to_string());
        let mut parameters = CertificateParams::new(vec![domain.to_owned()]).map_err(|error| bad(&error))?;
        parameters.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
        let key = KeyPair::generate().map_err(|error| bad(&error))?;
        let certificate = parameters.self_signed(&key).map_err(|error| bad(&error))?;
        let secret = PrivateKeyDer::try_from(key.serialize_der()).map_err(|error| bad(&error))?;
        let key = aws_lc_rs::sign::any_supported_type(&secret).map_err(|error| bad(&error))?;
        // Not read again: what proves the domain is an extension that only ACME servers understand.
        let answer = CertifiedKey::new(vec![certificate.der().clone()], key);
        self.0.lock().insert(domain.to_owned(), Arc::new(answer));
        Ok(())
    }
    /// Meets no challenge any longer.
    pub(super) fn clear(&self) {
        self.0.lock().clear();
    }
}
