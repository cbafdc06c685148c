//! OAuth clients: what they said of themselves, what an operator laid down, and which state their registration is in.
//!
//! Their secrets are not here: they lie in the client's anchor among the tokens.

mod changed;
mod edit;
mod find;
mod insert;
mod row;
mod transition;
mod write;

pub(crate) use edit::edit_within;
pub(crate) use insert::register_within;
pub(crate) use row::load;
pub(crate) use write::suspend_older;

use jeton_core::{
    change::Revision,
    id::{ClientId, OrganisationId},
    name::Name,
    oauth::{client_policy::ClientPolicy, registration::Registration},
    timestamp::Timestamp,
    token_text::TokenDigest,
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

impl Client {
    /// Whether an operator registered it, or approved it: others never get sensitive scopes.
    pub fn is_vouched_for(&self) -> bool {
        self.source == ClientSource::Operator || self.policy.vouched_for
    }
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

/// A client about to be registered. Instants, version and place are given by the store.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// The client.
    pub client: Client,
    /// Its secret, where it has one.
    pub secret: Option<ClientSecret>,
    /// As many clients of its organisation may have come without an operator; `None` where an operator registers it.
    pub uninvited_max: Option<u64>,
}

/// What is kept of a client's secret.
#[derive(Clone, Debug)]
pub struct ClientSecret {
    /// SHA-256 of the whole text.
    pub digest: TokenDigest,
    /// Its last four characters.
    pub hint: String,
}

/// An edit about to be made: what is `Some` replaces.
#[derive(Clone, Debug, Default)]
pub struct ClientEdit {
    /// A new name.
    pub name: Option<Name>,
    /// Other metadata.
    pub registration: Option<Registration>,
    /// Another policy.
    pub policy: Option<ClientPolicy>,
    /// A change that waits for approval, or none any more.
    pub pending: Option<Option<Registration>>,
    /// Another registration access token, or none any more.
    pub registration_digest: Option<Option<[u8; 32]>>,
    /// Another state: a rejected client that registers anew waits again.
    pub state: Option<ClientState>,
    /// Another secret from now on, or none any more: the client proves itself in another way.
    pub secret: Option<Option<ClientSecret>>,
}

/// A change of a registration's state about to be made.
#[derive(Clone, Debug)]
pub enum ClientMove {
    /// Approves the registration, or the change of it that waits.
    Approve {
        /// What holds from now on: what was asked for, or less.
        registration: Box<Registration>,
    },
    /// Rejects the registration, or the change of it that waits.
    Reject {
        /// Why.
        reason: String,
    },
    /// Suspends the client and with it all of its tokens.
    Suspend {
        /// Why.
        reason: Option<String>,
    },
    /// Ends a suspension.
    Resume,
}

/// Which clients are wanted. All that is set must fit.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientFilter {
    /// In this state.
    pub state: Option<ClientState>,
    /// From there.
    pub source: Option<ClientSource>,
    /// Whether something of it waits for approval.
    pub waiting: Option<bool>,
}

/// Whose clients: another organisation's are not found.
pub type Owner = OrganisationId;
