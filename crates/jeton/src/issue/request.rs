//! What is asked for when a token is issued.

use crate::json::{Metadata, present};
use jeton_core::{
    allowance::Allowances,
    id::ProjectId,
    kind::{TokenFormat, TokenKind},
    name::{Audience, Name, Subject},
    network::Networks,
    route::Route,
    scope::ScopeSet,
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};

/// A token that is asked for.
#[derive(Clone, Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueRequest {
    /// What it is for: `pat`, `key`, `pub` or `svc`.
    #[schema(value_type = String, pattern = "^(pat|key|pub|svc)$")]
    pub kind: TokenKind,
    /// How it is written: `opaque` (default) or `jwt`, which gives a token of kind `oat`.
    #[serde(default)]
    #[schema(value_type = Option<String>, nullable = false, pattern = "^(opaque|jwt)$")]
    pub format: TokenFormat,
    /// For people.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    pub name: Name,
    /// Whom it speaks for. Default: the caller's subject (`pat`), the project (`key`, `pub`), the name (`svc`).
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    pub subject: Option<Subject>,
    /// The project that it belongs to.
    #[schema(value_type = Option<String>, pattern = "^prj_[0-9A-Za-z]{12}$")]
    pub project: Option<ProjectId>,
    /// The APIs that it is for.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 16)]
    pub audience: Vec<Audience>,
    /// What it may do there.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 100)]
    pub scopes: ScopeSet,
    /// How long it lives, in seconds; `null` for no end. Default: 90 days, 15 minutes for a JWT.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 315_360_000)]
    pub expires_in: Option<Option<u32>>,
    /// From when on it may be used.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub not_before: Option<Timestamp>,
    /// Where it may be used from: a list of networks, or `{allow, except}`.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 64)]
    pub networks: Networks,
    /// What it may call, such as `GET /v1/orders/*`.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 64)]
    pub routes: Vec<Route>,
    /// How much it may do: `{rates: [{requests, per_seconds, burst?}], quotas: [{requests, refill_seconds}]}`.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub limits: Allowances,
    /// Free for the owner: an object of strings.
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub metadata: Metadata,
}
