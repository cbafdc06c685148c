//! The management interface, driven over HTTP against a real authority in this process: one file per area and route. Users are
//! types; nothing is mocked.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what the tests stand on may fail them: not every function here is a test itself"
)]

#[path = "api/accounts.rs"]
mod accounts;
#[path = "api/api_limits.rs"]
mod api_limits;
#[path = "api/bound.rs"]
mod bound;
#[path = "api/certificates.rs"]
mod certificates;
#[path = "api/changes.rs"]
mod changes;
#[path = "api/checks.rs"]
mod checks;
#[path = "api/dashboard.rs"]
mod dashboard;
#[path = "api/directory.rs"]
mod directory;
#[path = "api/dpop.rs"]
mod dpop;
#[path = "api/headers.rs"]
mod headers;
#[path = "api/hostile_fields.rs"]
mod hostile_fields;
#[path = "api/hostile_http.rs"]
mod hostile_http;
#[path = "api/http2.rs"]
mod http2;
#[path = "api/keys.rs"]
mod keys;
#[path = "api/main_flow.rs"]
mod main_flow;
#[path = "api/no_leaks.rs"]
mod no_leaks;
#[path = "api/oauth.rs"]
mod oauth;
#[path = "api/oauth_clients.rs"]
mod oauth_clients;
#[path = "api/policy.rs"]
mod policy;
#[path = "api/revocations.rs"]
mod revocations;
#[path = "api/rotation.rs"]
mod rotation;
#[path = "api/searches.rs"]
mod searches;
#[path = "api/tokens.rs"]
mod tokens;
#[path = "api/transport.rs"]
mod transport;
#[path = "api/unauthorised.rs"]
mod unauthorised;
#[path = "api/upstream.rs"]
mod upstream;
#[path = "api/upstream_certificates.rs"]
mod upstream_certificates;
#[path = "api/upstream_tokens.rs"]
mod upstream_tokens;
#[path = "api/verifiers.rs"]
mod verifiers;
#[path = "api/world.rs"]
mod world;
