//! The authorization server: use cases of OAuth 2.x and OpenID Connect. One file for each grant type and each endpoint's work.
//!
//! Never decides in a handler, never says more to a stranger than the RFCs want said, and never redirects to an address that is
//! not registered.

pub mod client_auth;
pub mod clients;
pub mod error;

pub use error::{OAuthCode, OAuthError};
