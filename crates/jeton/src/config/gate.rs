//! The gate's part of the configuration: its memory, its promise about staleness, and the routes that it guards.

use jeton_gate::route_table::RouteSpec;
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
    /// The realm that challenges name; the issuer where it is not set.
    pub realm: Option<String>,
    /// Headers other than `Authorization` that may carry a token, such as `X-Api-Key`.
    pub token_headers: Vec<String>,
    /// Whether DPoP proofs for guarded routes must have a nonce of this server's.
    pub dpop_nonce: bool,
    /// What is guarded.
    pub route: Vec<RouteSpec>,
}

impl Default for GateConfig {
    fn default() -> Self {
        Self { max_staleness_ms: 2000, capacity: 1_000_000, realm: None, token_headers: Vec::new(), dpop_nonce: false, route: Vec::new() }
    }
}

impl GateConfig {
    /// How old the memory may be before it is not believed.
    pub const fn max_staleness(&self) -> Duration {
        Duration::from_millis(self.max_staleness_ms)
    }
}
