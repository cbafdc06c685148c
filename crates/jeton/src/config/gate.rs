//! The gate's part of the configuration: its memory, its promise about staleness, and the routes that it guards.

use jeton_core::{name::Audience, path::PathRules, route::PathPattern, scope::ScopeSet};
use serde::Deserialize;
use std::time::Duration;

/// The gate.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GateConfig {
    /// How old the memory may be before it is not believed, in milliseconds.
    pub max_staleness_ms: u64,
    /// How many tokens the memory holds at most.
    pub capacity: usize,
    /// The realm that challenges name.
    pub realm: String,
    /// Headers other than `Authorization` that may carry a token, such as `X-Api-Key`.
    pub token_headers: Vec<String>,
    /// What is guarded.
    pub route: Vec<RouteConfig>,
}

/// One guarded route.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    /// The host that it is for, without port; any when absent.
    #[serde(default)]
    pub host: Option<String>,
    /// The pattern of paths, such as `/v1/**`.
    #[serde(deserialize_with = "pattern")]
    pub path: PathPattern,
    /// The methods; all when empty.
    #[serde(default)]
    pub methods: Vec<String>,
    /// The API that tokens must be for.
    pub audience: Audience,
    /// Scopes that a call needs besides those that the API's own routes demand.
    #[serde(default)]
    pub scopes: ScopeSet,
    /// Where calls that pass go, such as `http://127.0.0.1:9000`; absent for routes that another proxy forwards.
    #[serde(default)]
    pub upstream: Option<String>,
    /// Whether the upstream gets the caller's `Authorization` header too.
    #[serde(default)]
    pub keep_authorization: bool,
    /// What paths may hold beyond the plain form.
    #[serde(default)]
    pub path_rules: PathRulesConfig,
    /// How long each phase may take.
    #[serde(default)]
    pub timeouts: TimeoutsConfig,
}

/// What paths may hold beyond the plain form.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PathRulesConfig {
    /// `%2F` inside a segment.
    pub encoded_slash: bool,
    /// `;` inside a segment.
    pub semicolon: bool,
    /// `%25`.
    pub encoded_percent: bool,
}

/// How long each phase of a forwarded call may take, in milliseconds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimeoutsConfig {
    /// Connecting to the upstream.
    pub connect_ms: u64,
    /// From the end of the request to the head of the answer.
    pub response_ms: u64,
    /// Between two pieces of a body, either way; also of an idle tunnel.
    pub idle_ms: u64,
    /// The request's body, whole.
    pub body_ms: u64,
}

impl Default for GateConfig {
    fn default() -> Self {
        Self { max_staleness_ms: 2000, capacity: 1_000_000, realm: "jeton".into(), token_headers: Vec::new(), route: Vec::new() }
    }
}

impl Default for TimeoutsConfig {
    fn default() -> Self {
        Self { connect_ms: 2_000, response_ms: 30_000, idle_ms: 60_000, body_ms: 300_000 }
    }
}

impl GateConfig {
    /// How old the memory may be before it is not believed.
    pub const fn max_staleness(&self) -> Duration {
        Duration::from_millis(self.max_staleness_ms)
    }
}

impl From<PathRulesConfig> for PathRules {
    fn from(config: PathRulesConfig) -> Self {
        Self { encoded_slash: config.encoded_slash, semicolon: config.semicolon, encoded_percent: config.encoded_percent }
    }
}

fn pattern<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<PathPattern, D::Error> {
    PathPattern::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}
