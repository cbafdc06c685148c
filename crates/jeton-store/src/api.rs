//! APIs (resource servers) as stored: the core's [`jeton_core::api::Api`] with its version.

use jeton_core::{api::Api, timestamp::Timestamp};

/// An API as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredApi {
    /// What verifiers need of it.
    pub api: Api,
    /// When it was made.
    pub created_at: Timestamp,
    /// Rises by one with each edit.
    pub version: i64,
}
