//! TLS for the listener: certificate and key from files, taken up again when they change, without a restart.
//!
//! A changed pair that does not fit together is reported and the old one stays in use.

mod client_authorities;
mod client_certificates;

pub use client_authorities::ClientAuthorities;

use crate::config::{ClientCertificates, TlsConfig};
use arc_swap::ArcSwap;
use client_certificates::AnyCertificate;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

/// How often the files are looked at.
const RELOAD_EVERY: Duration = Duration::from_secs(1);

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    /// A file cannot be read or holds no PEM of the expected kind.
    #[error("`{path}` cannot be used: {why}")]
    File {
        /// Which file.
        path: String,
        /// Why.
        why: String,
    },
    /// The key is not the certificate's, or of an unknown kind.
    #[error("the certificate and the key do not fit together: {0}")]
    Pair(String),
}

/// A certificate that follows its files.
#[derive(Debug)]
pub struct Certificate {
    certificate: PathBuf,
    key: PathBuf,
    of_clients: ClientCertificates,
    authorities: Option<Arc<ClientAuthorities>>,
    current: ArcSwap<CertifiedKey>,
}

impl Certificate {
    /// Reads the pair that the configuration names; `None` where it names none.
    pub fn load(config: &TlsConfig) -> Result<Option<Arc<Self>>, TlsFault> {
        let (Some(certificate), Some(key)) = (&config.certificate, &config.key) else { return Ok(None) };
        let current = ArcSwap::from_pointee(read_pair(certificate, key)?);
        let authorities = config.client_ca.as_deref().map(ClientAuthorities::load).transpose()?.map(Arc::new);
        let (certificate, key) = (certificate.clone(), key.clone());
        Ok(Some(Arc::new(Self { certificate, key, of_clients: config.client_certificates, authorities, current })))
    }

    /// Whose word about clients' certificates is taken, where there is somebody.
    pub fn client_authorities(&self) -> Option<Arc<ClientAuthorities>> {
        self.authorities.clone()
    }

    /// What the listener needs: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1.
    pub fn server_config(self: &Arc<Self>) -> Result<Arc<ServerConfig>, TlsFault> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsFault::Pair(error.to_string()))?;
        let resolver: Arc<dyn ResolvesServerCert> = self.clone();
        let builder = match self.of_clients {
            ClientCertificates::Off => builder.with_no_client_auth(),
            ClientCertificates::Request => builder.with_client_cert_verifier(Arc::new(AnyCertificate::new(provider))),
        };
        let mut config = builder.with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Looks at the files once a second and takes a changed pair up. Ends with the task that runs it.
    pub async fn follow_files(self: Arc<Self>) {
        let mut seen = self.changed_at();
        loop {
            tokio::time::sleep(RELOAD_EVERY).await;
            let now = self.changed_at();
            if now == seen {
                continue;
            }
            match self.reload() {
                Ok(()) => {
                    seen = now;
                    tracing::info!("the TLS certificate was read again");
                }
                // Asked again each second: the second file of a pair may still be on its way.
                Err(error) => tracing::warn!(%error, "a changed TLS certificate cannot be used, the old one stays"),
            }
        }
    }

    fn reload(&self) -> Result<(), TlsFault> {
        self.current.store(Arc::new(read_pair(&self.certificate, &self.key)?));
        self.authorities.as_ref().map_or(Ok(()), |authorities| authorities.reload())
    }

    fn changed_at(&self) -> [Option<SystemTime>; 3] {
        let at = |path: &Path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
        [at(&self.certificate), at(&self.key), self.authorities.as_ref().and_then(|authorities| at(&authorities.path))]
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

fn read_pair(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsFault> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| file(certificate, &error))?;
    if chain.is_empty() {
        return Err(file(certificate, &"it holds no certificate"));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| file(key, &error))?;
    CertifiedKey::from_der(chain, secret, &aws_lc_rs::default_provider()).map_err(|error| TlsFault::Pair(error.to_string()))
}

fn file(path: &Path, why: &dyn std::fmt::Display) -> TlsFault {
    TlsFault::File { path: path.display().to_string(), why: why.to_string() }
}
