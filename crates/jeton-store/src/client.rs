//! OAuth clients: what they said of themselves, what an operator laid down, and which state their registration is in.
//!
//! Their secrets are not here: they lie in the client's anchor among the tokens.

use crate::{error::StoreError, store::Store};
use jeton_core::{
    change::Revision,
    id::{ClientId, OrganisationId},
    name::Name,
    oauth::{client_policy::ClientPolicy, registration::Registration},
    timestamp::Timestamp,
};

/// The state of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientState {
    /// Waits for somebody's approval; gets no token.
    Pending,
    /// May be used.
    Approved,
    /// Was refused.
    Rejected,
    /// Must not be used until it is resumed; all of its tokens are suspended with it.
    Suspended,
}

/// Where a registration came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientSource {
    /// An operator or developer of the organisation registered it.
    Operator,
    /// It registered itself (RFC 7591).
    Dynamic,
    /// Its id is the address of its metadata.
    MetadataDocument,
}

/// A client as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    /// Its id; the digits are those of its anchor.
    pub id: ClientId,
    /// What it is called in requests: `app_…`, or the address of its metadata document.
    pub client_id: String,
    /// The organisation that it belongs to.
    pub organisation: OrganisationId,
    /// Its name for people.
    pub name: Name,
    /// The state of its registration.
    pub state: ClientState,
    /// Where it came from.
    pub source: ClientSource,
    /// What holds.
    pub registration: Registration,
    /// What an operator laid down.
    pub policy: ClientPolicy,
    /// A change that waits for approval: the registration as it would be.
    pub pending: Option<Registration>,
    /// Why it was rejected or suspended.
    pub reason: Option<String>,
    /// SHA-256 of its registration access token (RFC 7592).
    pub registration_digest: Option<[u8; 32]>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// Rises by one with each edit.
    pub version: i64,
    /// The place of its newest change in the change log.
    pub revision: Revision,
}

impl ClientState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Approved, Self::Rejected, Self::Suspended];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Suspended => "suspended",
        }
    }
    /// From its word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str() == text)
    }
}

impl ClientSource {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Operator, Self::Dynamic, Self::MetadataDocument];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Dynamic => "dynamic",
            Self::MetadataDocument => "metadata_document",
        }
    }
    /// From its word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str() == text)
    }
}

impl Store {
    /// The client of this protocol id, with the place in the change log that this is true at, or later.
    pub async fn find_client(&self, client_id: &str) -> Result<(Option<Client>, Revision), StoreError> {
        let _ = client_id;
        Err(StoreError::Unavailable("clients are not kept yet".to_owned()))
    }
}
