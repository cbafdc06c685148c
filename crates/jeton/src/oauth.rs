//! The authorization server: use cases of OAuth 2.x and OpenID Connect. One file for each grant type and each endpoint's work.
//!
//! Never decides in a handler, never says more to a stranger than the RFCs want said, and never redirects to an address that is
//! not registered.

pub mod acr;
pub mod audiences;
pub mod authorize;
pub mod back_channel;
pub mod client_auth;
pub mod client_keys;
pub mod clients;
pub mod device;
pub mod dpop;
pub mod error;
pub mod given;
pub mod grant;
pub mod introspect;
pub mod logout;
pub mod metadata;
pub mod origins;
pub mod profile;
pub mod pushed;
pub mod reach;
pub mod register;
pub mod request_object;
pub mod revoke;
pub mod role_scopes;
pub mod status_lists;
pub mod tokens;
pub mod trusted;
pub mod userinfo;

pub use error::{OAuthCode, OAuthError};
