//! What commands need that work on this machine's own data: the configuration and the store.
//!
//! They are for the machine that the authority runs on, and stand beside the HTTP interface, not behind it.

use super::Failure;
use crate::{
    bootstrap::{self, ring, ring::RingFault},
    config::Config,
};
use clap::Args;
use jeton_core::master_key::KeyRing;
use jeton_store::{OpenOptions, Store, StoreError};
use std::{path::PathBuf, sync::Arc};

/// Which installation.
#[derive(Debug, Args)]
pub(crate) struct Installation {
    /// The configuration file [default: JETON_CONFIG, else jeton.toml where there is one]
    #[arg(long, value_name = "FILE", help_heading = "Installation")]
    config: Option<PathBuf>,
}

impl Installation {
    /// Reads the configuration.
    pub(crate) fn config(&self) -> Result<Config, Failure> {
        let file = self.config.clone().or_else(|| std::env::var_os("JETON_CONFIG").filter(|name| !name.is_empty()).map(PathBuf::from));
        Config::load(file.as_deref()).map_err(|fault| Failure::usage(fault.to_string()))
    }
}

/// Opens the store of an installation that is there already.
pub(crate) async fn open(config: &Config) -> Result<Store, Failure> {
    let ring = Arc::new(ring::load(config).map_err(from_ring)?);
    bootstrap::open(config, ring).await.map_err(from_store)
}

/// How to open the store, for commands that open it in their own way.
pub(crate) fn options(config: &Config, ring: KeyRing) -> OpenOptions {
    let (url, outside, deadline) = (config.database.url.clone(), config.outside_folder(), config.database.deadline());
    OpenOptions { url, ring: Arc::new(ring), outside, deadline }
}

/// A master key that cannot be used.
pub(crate) fn from_ring(fault: RingFault) -> Failure {
    Failure::failed(fault.to_string())
}

/// A store that does not do what it should.
pub(crate) fn from_store(fault: StoreError) -> Failure {
    let failure = Failure::failed(fault.to_string());
    match fault {
        StoreError::NotFound(_) => Failure::not_found(fault.to_string()),
        StoreError::Unavailable(_) => failure.fix("check `database.url`, and that the database runs; `jeton doctor` tells more"),
        StoreError::Tampered { .. } => {
            failure.fix("see that `master_key` is this installation's own; then `jeton doctor`, and `jeton restore` from a backup")
        }
        _ => failure,
    }
}
