//! What can go wrong with the memory, grouped by whose fault it is.

/// Why an operation was not done. Whatever the reason, nothing of it was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The caller's fault: there is no such thing, in this organisation.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The caller's fault: it exists already.
    #[error("{0} exists already")]
    Exists(&'static str),
    /// The caller's fault: somebody else changed it first, or it is not in a state in which this can be done.
    #[error("{0}")]
    Conflict(String),
    /// The caller's fault: it was changed since it was read.
    #[error("it was changed meanwhile: it is at version {found}")]
    Outdated {
        /// The version that it is at.
        found: i64,
    },
    /// The caller's fault: the cursor did not come from this list.
    #[error("the cursor is not one that this list gave")]
    BadCursor,
    /// The caller's fault: an idempotency key was used before for another request.
    #[error("the idempotency key was used before for another request")]
    KeyReused,
    /// The database does not answer in time, is full, or failed. May be tried again.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A row does not carry its mark: it was changed from outside. Never believed.
    #[error("row `{id}` of table `{table}` was changed from outside, or marked under another master key")]
    Tampered {
        /// The table.
        table: &'static str,
        /// The row's key.
        id: String,
    },
    /// The operator's concern: the database is older than what is kept outside of it says. Says what to do.
    #[error("{0}")]
    RolledBack(String),
    /// The operator's concern: a file beside the database (generation, journal, backup) is damaged or was changed. Says what to do.
    #[error("{0}")]
    Damaged(String),
}

/// The result of a store operation.
pub type Result<T> = std::result::Result<T, StoreError>;
