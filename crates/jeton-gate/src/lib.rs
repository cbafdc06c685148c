//! The door of Jeton: takes a request, finds what is known of its token, lets the core decide, and answers.
//!
//! Knows no store: what it needs it asks of the ports in [`port`]. Never trusts a header that a client could have sent, and
//! with nothing to decide on it denies.
//!
//! # Inside a service
//!
//! A [`Gate`] is made of [`Settings`](settings::Settings) and [`Ports`], once, and is cheap to clone. [`layer::GateLayer`] puts it in
//! front of any tower service (axum, hyper, tonic): a request that may not pass is answered, with status, challenge and problem
//! details, and the inner service is never called. What passes has lost its credential, and has a [`layer::Permitted`] among its
//! extensions, which handlers of axum take as an argument.
//!
//! The gate decides from memory, and asks its [`TokenSource`](port::TokenSource) for what it does not hold. Whoever makes it keeps it
//! current:
//!
//! 1. [`Gate::set_catalogue`] with the APIs, and [`Gate::set_keys`] where there are JWTs.
//! 2. [`Gate::apply`] with each change as the change log brings it, and [`Gate::reached`] whenever the log was read to its end. A memory
//!    that has not heard of the log for [`max_staleness`](settings::Settings::max_staleness) is not trusted: each request is asked
//!    about, and where nobody answers it is refused with 503.
//!
//! `examples/axum_service.rs` and `examples/tower_service.rs` are whole programs that do this with tokens in a table.

pub mod answer;
mod catalogue;
pub mod check;
pub mod client_address;
pub mod clock;
pub mod connection;
pub mod credential;
pub mod dpop;
pub mod entrance;
#[cfg(feature = "axum")]
mod extract;
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
mod nudge;
pub mod port;
pub mod proxy;
pub mod request_target;
pub mod route_table;
pub mod settings;
pub mod spend;
pub mod upstream;

pub use check::{Gate, Passed, Ports, Question, Refused, TokenView, WantedSignIn};
pub use memory::IdScan;
