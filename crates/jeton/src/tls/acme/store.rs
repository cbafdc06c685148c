//! The folder of what ACME brings: account, certificate and key, for their owner alone. A file is there whole or as it was before.

use super::AcmeFault;
use instant_acme::AccountCredentials;
use jeton_core::{client_certificate, timestamp::Timestamp};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// The folder.
pub(super) struct AcmeFolder(PathBuf);

/// The account, and where it is one.
#[derive(Deserialize, Serialize)]
struct Kept<C> {
    directory: String,
    credentials: C,
}

impl AcmeFolder {
    pub(super) fn below(data: &Path) -> Self {
        Self(data.join("acme"))
    }
    pub(super) fn certificate(&self) -> PathBuf {
        self.0.join("certificate.pem")
    }
    pub(super) fn key(&self) -> PathBuf {
        self.0.join("key.pem")
    }
    /// The account at this server; `None` where there is none that can be read.
    pub(super) fn account(&self, directory: &str) -> Option<AccountCredentials> {
        let text = fs::read(self.0.join("account.json")).ok()?;
        let kept: Kept<AccountCredentials> = serde_json::from_slice(&text).ok()?;
        (kept.directory == directory).then_some(kept.credentials)
    }
    pub(super) fn keep_account(&self, directory: &str, credentials: &AccountCredentials) -> Result<(), AcmeFault> {
        let kept = Kept { directory: directory.to_owned(), credentials };
        let text = serde_json::to_vec(&kept).map_err(|error| fault(&self.0, io::Error::other(error)))?;
        self.write("account.json", &text)
    }
    /// Keeps a certificate and its key: the key first, so that whoever sees the new certificate finds its key there.
    pub(super) fn keep(&self, chain: &str, key: &str) -> Result<(), AcmeFault> {
        self.write("key.pem", key.as_bytes())?;
        self.write("certificate.pem", chain.as_bytes())
    }
    /// From when until when the certificate is good, if it is for all these domains.
    pub(super) fn life(&self, domains: &[String]) -> Option<(Timestamp, Timestamp)> {
        let leaf = CertificateDer::from_pem_file(self.certificate()).ok()?;
        let names = client_certificate::Names::read(&leaf);
        let is_for_all = domains.iter().all(|domain| names.has_dns(domain));
        client_certificate::life(&leaf).filter(|_| is_for_all && self.key().exists())
    }
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), AcmeFault> {
        let (path, next) = (self.0.join(name), self.0.join(format!("{name}.next")));
        let write = || {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
            let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&next)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&next, &path)
        };
        write().map_err(|why| fault(&path, why))
    }
}

fn fault(path: &Path, why: io::Error) -> AcmeFault {
    AcmeFault::File { path: path.display().to_string(), why }
}
