//! OAuth 2.x and OpenID Connect: the rules that need neither a clock, nor a socket, nor a store.
//!
//! What comes in here is what strangers wrote; what goes out is of closed types.

pub mod authorization;
pub mod authorization_request;
pub mod client_change;
pub mod client_policy;
pub mod client_uri;
pub mod device;
pub mod exchange;
pub mod grant_context;
pub mod grant_lives;
pub mod grant_type;
pub mod parameters;
pub mod pkce;
pub mod redirect_uri;
pub mod registration;
pub mod scope_words;
pub mod status_list;
pub mod subject;
pub mod target;
pub mod user_code;
