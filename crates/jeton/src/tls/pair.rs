//! A certificate with its key, in two files. Must never use a key that is not the certificate's.

use super::{TlsFault, file};
use rustls::{client::verify_server_name, crypto::aws_lc_rs, server::ParsedCertificate, sign::CertifiedKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Two files.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
    /// Whether it may be absent: until it has been obtained.
    awaited: bool,
}

/// A pair that was read.
#[derive(Clone, Debug)]
pub(super) struct Named(Arc<CertifiedKey>);

impl Pair {
    /// One that an operator brings.
    pub(super) const fn given(certificate: PathBuf, key: PathBuf) -> Self {
        Self { certificate, key, awaited: false }
    }
    /// One that is still to come.
    pub(super) const fn awaited(certificate: PathBuf, key: PathBuf) -> Self {
        Self { certificate, key, awaited: true }
    }
}

impl Named {
    pub(super) fn key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0)
    }
    /// Whether it is for this host, by its own names or a wildcard.
    pub(super) fn is_for(&self, host: &str) -> bool {
        let (Some(leaf), Ok(name)) = (self.0.cert.first(), ServerName::try_from(host)) else { return false };
        ParsedCertificate::try_from(leaf).is_ok_and(|leaf| verify_server_name(&leaf, &name).is_ok())
    }
}

/// Reads all that are there; one that is awaited and absent is left out.
pub(super) fn read_all(pairs: &[Pair]) -> Result<Vec<Named>, TlsFault> {
    let there = pairs.iter().filter(|pair| !pair.awaited || pair.certificate.exists());
    there.map(|pair| read(&pair.certificate, &pair.key).map(|key| Named(Arc::new(key)))).collect()
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsFault> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| file(certificate, &error))?;
    if chain.is_empty() {
        return Err(file(certificate, &"it holds no certificate"));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| file(key, &error))?;
    CertifiedKey::from_der(chain, secret, &aws_lc_rs::default_provider()).map_err(|error| TlsFault::Pair(error.to_string()))
}
