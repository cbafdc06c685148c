//! What an operator lays down about a client beside what the client says of itself.

use super::grant_lives::LivesByGrant;
use crate::name::Audience;
use serde::{Deserialize, Serialize};

/// Set by operators alone; a registration cannot ask for any of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClientPolicy {
    /// An operator has looked at it and approved it: only then is it ever given sensitive scopes. Set by approving alone.
    pub vouched_for: bool,
    /// The operator's own app: people are not asked for consent.
    pub first_party: bool,
    /// APIs whose tokens it may introspect: it is their resource server.
    pub introspects: Vec<Audience>,
    /// APIs that it may have tokens for; empty stands for all of the organisation that know its scopes.
    pub audiences: Vec<Audience>,
    /// Longest life of its access tokens, in seconds; never longer than the API and the configuration allow.
    pub access_token_seconds: Option<u32>,
    /// The same by grant type.
    #[serde(skip_serializing_if = "LivesByGrant::is_empty")]
    pub access_token_seconds_by_grant: LivesByGrant,
    /// Longest life of its grants with refresh tokens, in seconds.
    pub refresh_token_seconds: Option<u32>,
    /// What it may exchange tokens for (RFC 8693); nothing where absent.
    pub exchange: Option<ExchangePolicy>,
    /// Assertions may name the token endpoint as their audience, as they could before RFC 10070, and live for an hour.
    pub legacy_assertion_audience: bool,
}

/// What a client may exchange tokens for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExchangePolicy {
    /// The APIs that the new token may be for.
    pub audiences: Vec<Audience>,
    /// Whether it may act for the subject (`act` names it); otherwise it only narrows.
    pub delegation: bool,
}
