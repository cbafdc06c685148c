//! OAuth clients in answers. Never a secret, never a digest.

use crate::clients::RotatedSecret;
use jeton_core::{
    id::ClientId,
    name::Name,
    oauth::{client_policy::ClientPolicy, registration::Registration},
    timestamp::Timestamp,
};
use jeton_store::client::Client;
use serde::Serialize;

/// An OAuth client.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Client)]
pub struct ClientView {
    /// Its id here.
    #[schema(value_type = String)]
    pub id: ClientId,
    /// What requests call it by: its id, or the address of its metadata document.
    pub client_id: String,
    /// Its name.
    #[schema(value_type = String)]
    pub name: Name,
    /// `pending`, `approved`, `rejected` or `suspended`.
    pub state: &'static str,
    /// `operator`, `dynamic` or `metadata_document`.
    pub source: &'static str,
    /// Whether an operator registered or approved it.
    pub vouched_for: bool,
    /// What it says of itself (RFC 7591).
    #[schema(value_type = Object)]
    pub metadata: Registration,
    /// The change of it that waits for approval.
    #[schema(value_type = Option<Object>)]
    pub pending: Option<Registration>,
    /// What the operator laid down.
    #[schema(value_type = Object)]
    pub policy: ClientPolicy,
    /// Why it was rejected or suspended.
    pub reason: Option<String>,
    /// When it was registered.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
    /// What `If-Match` compares.
    pub version: i64,
}

/// An edited client, with its secret where the edit gave it one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = EditedClient)]
pub struct EditedClientView {
    /// The client.
    #[serde(flatten)]
    pub client: ClientView,
    /// Its secret, this once, where it proves itself by one from now on and did not before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
}

/// A client's new secret.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ClientSecret)]
pub struct ClientSecretView {
    /// What requests call the client by.
    pub client_id: String,
    /// The secret, this once.
    pub client_secret: String,
    /// 0: it does not expire by itself.
    pub client_secret_expires_at: i64,
    /// Until when the old one lives.
    #[schema(value_type = String, format = DateTime)]
    pub previous_until: Timestamp,
}

impl From<Client> for ClientView {
    fn from(client: Client) -> Self {
        Self {
            vouched_for: client.is_vouched_for(),
            id: client.id,
            client_id: client.client_id,
            name: client.name,
            state: client.state.as_str(),
            source: client.source.as_str(),
            metadata: client.registration,
            pending: client.pending,
            policy: client.policy,
            reason: client.reason,
            created_at: client.created_at,
            changed_at: client.changed_at,
            version: client.version,
        }
    }
}

impl From<&RotatedSecret> for ClientSecretView {
    fn from(rotated: &RotatedSecret) -> Self {
        Self {
            client_id: rotated.client_id.clone(),
            client_secret: rotated.secret.as_str().to_owned(),
            client_secret_expires_at: 0,
            previous_until: rotated.previous_until,
        }
    }
}

impl std::fmt::Debug for ClientSecretView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClientSecretView({}, redacted)", self.client_id)
    }
}
