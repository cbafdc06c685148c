//! The door of Jeton: takes a request, finds what is known of its token, lets the core decide, and answers.
//!
//! Knows no store: what it needs it asks of the ports in [`port`]. Never trusts a header that a client could have sent, and
//! with nothing to decide on it denies.

pub mod answer;
mod catalogue;
pub mod check;
pub mod client_address;
pub mod clock;
pub mod connection;
pub mod credential;
pub mod dpop;
pub mod entrance;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod fixture_key;
pub mod forward_auth;
pub mod header;
pub mod http_fault;
pub mod layer;
mod lookup;
mod memory;
mod metering;
pub mod min_revision;
pub mod port;
pub mod proxy;
pub mod request_target;
pub mod route_table;
pub mod settings;
pub mod spend;
pub mod upstream;

pub use check::{Gate, Passed, Ports, Question, Refused, TokenView, WantedSignIn};
pub use memory::IdScan;
