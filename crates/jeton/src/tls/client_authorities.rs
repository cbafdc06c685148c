//! Whose word about clients' certificates is taken (RFC 8705, section 2.1): whether a chain ends at one of these authorities.
//! A chain that does not is no reason to end a connection: the certificate's names count for nothing then, and that is all.

use super::{TlsFault, file};
use arc_swap::ArcSwap;
use jeton_core::limits;
use rustls::{
    RootCertStore,
    crypto::aws_lc_rs,
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};
use rustls_pki_types::{CertificateDer, UnixTime, pem::PemObject};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Authorities that follow their file.
#[derive(Debug)]
pub struct ClientAuthorities {
    pub(super) path: PathBuf,
    current: ArcSwap<Arc<dyn ClientCertVerifier>>,
}

impl ClientAuthorities {
    pub(super) fn load(path: &Path) -> Result<Self, TlsFault> {
        Ok(Self { path: path.to_path_buf(), current: ArcSwap::from_pointee(read(path)?) })
    }
    pub(super) fn reload(&self) -> Result<(), TlsFault> {
        self.current.store(Arc::new(read(&self.path)?));
        Ok(())
    }
    /// Whether the chain, the leaf first, is good for a client now and ends at one of the authorities.
    pub fn vouch_for(&self, chain: &[CertificateDer<'_>]) -> bool {
        let Some((leaf, intermediates)) = chain.split_first() else { return false };
        self.current.load().verify_client_cert(leaf, intermediates, UnixTime::now()).is_ok()
    }
}

fn read(path: &Path) -> Result<Arc<dyn ClientCertVerifier>, TlsFault> {
    let all = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(|error| file(path, &error))?;
    if all.is_empty() {
        return Err(file(path, &"it holds no certificate"));
    }
    if all.len() > limits::CLIENT_AUTHORITIES_MAX {
        return Err(file(path, &format!("it holds more than {} certificates", limits::CLIENT_AUTHORITIES_MAX)));
    }
    let mut roots = RootCertStore::empty();
    for authority in all {
        roots.add(authority).map_err(|error| file(path, &error))?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(aws_lc_rs::default_provider()));
    builder.build().map_err(|error| file(path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

    /// An authority in PEM, and a certificate by it.
    fn pair() -> (String, CertificateDer<'static>) {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let leaf = CertificateParams::new(vec!["worker.example.com".to_owned()]).unwrap();
        (pem, leaf.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap().der().clone())
    }

    #[test]
    fn authorities_vouch_for_their_own_and_follow_their_file() {
        let ((first, by_first), (second, by_second)) = (pair(), pair());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("authorities.pem");
        std::fs::write(&path, &first).unwrap();
        let authorities = ClientAuthorities::load(&path).unwrap();
        assert!(authorities.vouch_for(std::slice::from_ref(&by_first)) && !authorities.vouch_for(std::slice::from_ref(&by_second)));
        assert!(!authorities.vouch_for(&[]) && !authorities.vouch_for(&[CertificateDer::from(vec![0x30, 0])]));
        std::fs::write(&path, &second).unwrap();
        authorities.reload().unwrap();
        assert!(!authorities.vouch_for(std::slice::from_ref(&by_first)) && authorities.vouch_for(std::slice::from_ref(&by_second)));
        std::fs::write(&path, format!("{first}{second}")).unwrap();
        authorities.reload().unwrap();
        assert!(authorities.vouch_for(&[by_first]) && authorities.vouch_for(std::slice::from_ref(&by_second)));
        // What cannot be used is said, and what was there goes on.
        for broken in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            std::fs::write(&path, broken).unwrap();
            assert!(authorities.reload().is_err(), "{broken}");
            assert!(authorities.vouch_for(std::slice::from_ref(&by_second)), "{broken}");
        }
        assert!(ClientAuthorities::load(&folder.path().join("nothing.pem")).is_err());
    }
}
