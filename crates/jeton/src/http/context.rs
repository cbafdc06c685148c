//! What is known of every request before any route: its name and where it comes from. Never from what a client could write.

use jeton_core::id::RequestId;
use std::net::IpAddr;

/// Among the extensions of every request that reaches a route.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The request's name.
    pub request: RequestId,
    /// The client's address, where it is known.
    pub client_ip: Option<IpAddr>,
}

impl Context {
    /// The context of a request; one of its own where a route is called without the front (in tests of a router alone).
    pub fn of(extensions: &http::Extensions) -> Self {
        extensions.get::<Self>().copied().unwrap_or_else(|| Self { request: super::request_id::fresh(), client_ip: None })
    }
}
