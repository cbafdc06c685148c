//! Projects: what API keys belong to.

use jeton_core::{id::OrganisationId, id::ProjectId, name::Name, timestamp::Timestamp};

/// A project as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// The organisation that it belongs to.
    pub organisation: OrganisationId,
    /// Its name; one of a kind in the organisation.
    pub name: Name,
    /// When it was made.
    pub created_at: Timestamp,
    /// Rises by one with each edit.
    pub version: i64,
}
