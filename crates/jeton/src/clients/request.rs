//! What operators ask of clients.

use crate::json::Object;
use jeton_core::{name::Name, oauth::client_policy::ClientPolicy, scope::ScopeSet};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A client to be registered.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterClientRequest {
    /// Its metadata (RFC 7591, section 2).
    #[schema(value_type = Object)]
    pub metadata: Object<Map<String, Value>>,
    /// Approve it at once; takes `clients:approve`.
    #[serde(default)]
    pub approve: bool,
    /// What the operator lays down; takes `clients:approve`.
    #[schema(value_type = Option<Object>)]
    pub policy: Option<Object<ClientPolicy>>,
}

/// An edit of a client. What is there replaces; what is absent stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditClientRequest {
    /// The version that was read, where no `If-Match` says it.
    #[schema(minimum = 1)]
    pub version: Option<i64>,
    /// A new name for people.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub name: Option<Name>,
    /// Other metadata, whole; more than before takes `clients:approve`.
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Object<Map<String, Value>>>,
    /// What the operator lays down; takes `clients:approve`.
    #[schema(value_type = Option<Object>)]
    pub policy: Option<Object<ClientPolicy>>,
}

/// An approval.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveClientRequest {
    /// The version that was looked at, where no `If-Match` says it.
    #[schema(minimum = 1)]
    pub version: Option<i64>,
    /// Only these of the scopes that it asks for; all where absent.
    #[schema(value_type = Option<Vec<String>>, max_items = 100)]
    pub scopes: Option<ScopeSet>,
}

/// A rejection.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectClientRequest {
    /// The version that was looked at, where no `If-Match` says it.
    #[schema(minimum = 1)]
    pub version: Option<i64>,
    /// Why; the client is told.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A suspension.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendClientRequest {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: Option<String>,
}

/// Another secret that is asked for.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateSecretRequest {
    /// How long the old secret still lives, in seconds. Default: 0, dead at once.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 2_592_000)]
    pub overlap_seconds: u32,
    /// End an overlap that is still running; without it that is a conflict.
    #[serde(default)]
    pub end_running_overlap: bool,
}
