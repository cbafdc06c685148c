//! Second factors of people: the sealed secret of time-based one-time passwords, and recovery codes as hashes. Each one-time password
//! and each code is good for once, whichever node is asked.

mod codes;
mod totp;
mod write;

pub use write::TakenCode;

use crate::{
    error::Result,
    store::{Store, read::read},
};
use jeton_core::{id::UserId, timestamp::Timestamp};

/// The secret of somebody's one-time passwords.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret {
    /// Whose it is.
    pub user: UserId,
    /// The secret, sealed for this user.
    pub sealed: Vec<u8>,
    /// The newest step whose password was used.
    pub last_step: i64,
    /// Since when it counts.
    pub created_at: Timestamp,
}

impl Store {
    /// The secret of a user's one-time passwords, where there is one.
    pub async fn find_totp(&self, user: UserId) -> Result<Option<TotpSecret>> {
        read!(self, link => totp::find(link, self.marks(), user))
    }
    /// How many recovery codes a user has left.
    pub async fn count_recovery_codes(&self, user: UserId) -> Result<u64> {
        read!(self, link => codes::left(link, user))
    }
}

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TotpSecret({}, redacted)", self.user)
    }
}
