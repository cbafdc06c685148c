//! The store: opened once, cloned freely.

use jeton_core::master_key::KeyRing;
use std::{path::PathBuf, sync::Arc, time::Duration};

/// Which engine holds the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file beside the program.
    Sqlite,
    /// A server that speaks PostgreSQL's protocol.
    Postgres,
}

/// How to open a store.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// `sqlite://path` or `postgres://…`. May hold a password: never logged.
    pub url: String,
    /// The master keys.
    pub ring: Arc<KeyRing>,
    /// The folder for what is kept outside the database: generation and journal.
    pub outside: PathBuf,
    /// How long any one operation may take before it counts as unavailable.
    pub deadline: Duration,
}

/// The store.
#[derive(Clone)]
pub struct Store {}
