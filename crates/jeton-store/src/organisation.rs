//! Organisations.

use jeton_core::{id::OrganisationId, name::Name, timestamp::Timestamp};

/// An organisation as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its name.
    pub name: Name,
    /// When it was made.
    pub created_at: Timestamp,
}
