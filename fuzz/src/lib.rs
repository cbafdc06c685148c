//! What is asked of every parser of hostile bytes: that it never panics, that it is quick, and that what it accepts prints and
//! parses to the same. Plain functions of bytes, run by libFuzzer (`make fuzz`) and, over the committed corpora and seeded
//! mutations of them, by every `cargo test`. Must never read a clock, a file or the network.

pub mod access_token;
pub mod authorization;
pub mod authorization_request;
pub mod body;
pub mod brought;
pub mod client_address;
pub mod config;
pub mod dpop;
pub mod json;
pub mod jwks;
pub mod jwt;
pub mod name;
pub mod network;
pub mod path;
pub mod request_target;
pub mod route;
pub mod scope;
pub mod time;
pub mod token_text;

/// A target: panics when a parser breaks its promise.
pub type Target = fn(&[u8]);

/// Every target with its name, which is that of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("access_token", access_token::run),
    ("authorization", authorization::run),
    ("authorization_request", authorization_request::run),
    ("body", body::run),
    ("brought", brought::run),
    ("client_address", client_address::run),
    ("config", config::run),
    ("dpop", dpop::run),
    ("json", json::run),
    ("jwks", jwks::run),
    ("jwt", jwt::run),
    ("name", name::run),
    ("network", network::run),
    ("path", path::run),
    ("request_target", request_target::run),
    ("route", route::run),
    ("scope", scope::run),
    ("time", time::run),
    ("token_text", token_text::run),
];
