//! An authority for certificates that lives as long as a test, and the pairs that it signs.

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use std::path::Path;

/// For how long a certificate is good.
#[derive(Clone, Copy, Debug)]
pub enum Life {
    /// Now and for long.
    Good,
    /// It is over.
    Over,
}

/// The authority.
pub struct CertificateAuthority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate in PEM.
    pub pem: String,
}

impl CertificateAuthority {
    /// A new one.
    pub fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, "Jeton's tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }
    /// Writes a pair for this name, as `certificate.pem` and `key.pem`.
    pub fn write_pair(&self, folder: &Path, name: &str, life: Life) {
        let key = KeyPair::generate().expect("a key");
        let mut leaf = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        if matches!(life, Life::Over) {
            (leaf.not_before, leaf.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
        }
        let pem = leaf.signed_by(&key, &self.issuer).expect("a certificate").pem();
        // The key first: whoever sees the new certificate finds its key there.
        std::fs::write(folder.join("key.pem"), key.serialize_pem()).expect("a file");
        std::fs::write(folder.join("certificate.pem"), pem).expect("a file");
    }
    /// A client that trusts nobody else.
    pub fn client(&self) -> reqwest::Client {
        let own = reqwest::Certificate::from_pem(self.pem.as_bytes()).expect("a certificate");
        reqwest::Client::builder().tls_certs_only([own]).build().expect("a client")
    }
}
