//! Whom a gate follows: the part of the configuration that only `jeton gate` reads.

use serde::Deserialize;
use std::path::PathBuf;

/// The authority that a gate follows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthorityConfig {
    /// Its address; `https://…`, or plain HTTP on loopback.
    pub url: Option<String>,
    /// A file of mode 0600 that holds the gate's token. Without it, `JETON_TOKEN` does.
    pub token_file: Option<PathBuf>,
    /// Further root certificates to trust, in PEM.
    pub ca: Option<PathBuf>,
    /// Where the gate keeps a sealed copy of what it knows, so that it can start while the authority is away.
    pub copy: PathBuf,
    /// Whether it keeps one.
    pub keep_copy: bool,
}

impl Default for AuthorityConfig {
    fn default() -> Self {
        Self { url: None, token_file: None, ca: None, copy: "jeton-data/gate.copy".into(), keep_copy: true }
    }
}
