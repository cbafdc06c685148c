//! What a person allowed a client, between the moment of consent and the tokens: what a code or a device code stands for.

use crate::{
    id::{ClientId, OrganisationId, SessionId, UserId},
    name::Audience,
    scope::ScopeSet,
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An authorization that has not become a grant yet. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorization {
    /// Whose.
    pub organisation: OrganisationId,
    /// To which client.
    pub client: ClientId,
    /// By whom.
    pub user: UserId,
    /// In which session it was given.
    pub session: Option<SessionId>,
    /// When the person last proved who it is.
    pub authenticated_at: Timestamp,
    /// How (RFC 8176).
    pub methods: Vec<String>,
    /// What that comes to.
    pub acr: String,
    /// Everything that was granted, the words of OpenID Connect among it.
    pub scopes: ScopeSet,
    /// The APIs that it was granted for.
    pub resources: Vec<Audience>,
    /// Of the request (OpenID Connect Core, section 3.1.2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Of the request (OpenID Connect Core, section 5.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<Value>,
    /// Where the code was sent, where the request named an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    /// The S256 challenge (RFC 7636); a code always has one, a device code none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<String>,
    /// The thumbprint of the key that the code is bound to (RFC 9449, section 10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<String>,
}
