//! OAuth 2.x and OpenID Connect: the rules that need neither a clock, nor a socket, nor a store.
//!
//! What comes in here is what strangers wrote; what goes out is of closed types.

pub mod authorization;
pub mod client_policy;
pub mod grant_type;
pub mod parameters;
pub mod registration;
