//! TLS for the listener: certificates and keys from files, taken up again when they change, without a restart. Which of several is shown,
//! the name decides that the client asks for.
//!
//! A changed pair that does not fit together is reported and the old one stays in use.

pub mod acme;
mod client_authorities;
mod client_certificates;
mod pair;
mod sessions;

pub use client_authorities::ClientAuthorities;

use crate::config::{ClientCertificates, TlsConfig};
use acme::Challenges;
use arc_swap::ArcSwap;
use client_certificates::AnyCertificate;
use pair::{Named, Pair};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use sessions::Sessions;
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

/// The certificates of this program, which follow their files.
#[derive(Debug)]
pub struct Certificate {
    /// The first is shown to whoever asks for no name that another has.
    pairs: Vec<Pair>,
    of_clients: ClientCertificates,
    authorities: Option<Arc<ClientAuthorities>>,
    current: ArcSwap<Vec<Named>>,
    challenges: Option<Challenges>,
    sessions: Arc<Sessions>,
}

impl Certificate {
    /// Reads the pairs that the configuration names; `None` where it names none. `data` is the folder of what ACME brings.
    pub fn load(config: &TlsConfig, data: &Path) -> Result<Option<Arc<Self>>, TlsFault> {
        let first = match (&config.certificate, &config.key, &config.acme) {
            (Some(certificate), Some(key), _) => Pair::given(certificate.clone(), key.clone()),
            (_, _, Some(_)) => acme::pair(data),
            _ => return Ok(None),
        };
        let more = config.more.iter().map(|more| Pair::given(more.certificate.clone(), more.key.clone()));
        let pairs: Vec<Pair> = std::iter::once(first).chain(more).collect();
        let current = ArcSwap::from_pointee(pair::read_all(&pairs)?);
        let authorities = config.client_ca.as_deref().map(ClientAuthorities::load).transpose()?.map(Arc::new);
        let challenges = config.acme.as_ref().map(|_| Challenges::default());
        let sessions = Arc::new(Sessions::new());
        Ok(Some(Arc::new(Self { pairs, of_clients: config.client_certificates, authorities, current, challenges, sessions })))
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
        config.session_storage = self.sessions.clone();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        if self.challenges.is_some() {
            config.alpn_protocols.push(acme::PROTOCOL.to_vec());
        }
        Ok(Arc::new(config))
    }

    /// Looks at the files once a second and takes changed ones up. Ends with the task that runs it.
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
        self.current.store(Arc::new(pair::read_all(&self.pairs)?));
        self.sessions.end_all();
        self.authorities.as_ref().map_or(Ok(()), |authorities| authorities.reload())
    }

    fn changed_at(&self) -> Vec<Option<SystemTime>> {
        let at = |path: &PathBuf| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
        let files = self.pairs.iter().flat_map(|pair| [&pair.certificate, &pair.key]);
        files.chain(self.authorities.as_ref().map(|authorities| &authorities.path)).map(at).collect()
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if let Some(challenges) = &self.challenges
            && acme::is_challenge(&hello)
        {
            return challenges.answer(hello.server_name()?);
        }
        let all = self.current.load();
        let named = hello.server_name().and_then(|name| all.iter().find(|own| own.is_for(name)));
        named.or(all.first()).map(Named::key)
    }
}

fn file(path: &Path, why: &dyn std::fmt::Display) -> TlsFault {
    TlsFault::File { path: path.display().to_string(), why: why.to_string() }
}
