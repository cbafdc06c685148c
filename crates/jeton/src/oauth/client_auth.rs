//! Client authentication: one method for each client, and one in each request (RFC 6749, section 2.3; RFC 7523; RFC 8705).

use super::{OAuthCode, OAuthError};
use crate::{authority::Authority, http::Context};
use http::HeaderMap;
use jeton_core::oauth::{parameters::Parameters, registration::AuthMethod};
use jeton_gate::connection::Peer;
use jeton_store::client::Client;
use std::sync::Arc;

/// What of a request can prove a client.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'r> {
    /// The request's header.
    pub headers: &'r HeaderMap,
    /// Its form body.
    pub form: &'r Parameters,
    /// Where it came from, and in which request.
    pub context: Context,
    /// The connection, with the client's certificate where it showed one.
    pub peer: Option<Peer>,
}

/// A client that has proved itself, or that is public and named itself.
#[derive(Clone, Debug)]
pub struct AuthenticatedClient {
    /// The client; approved.
    pub client: Arc<Client>,
    /// How it proved itself.
    pub method: AuthMethod,
    /// SHA-256 of the certificate that it showed, where it did.
    pub certificate: Option<[u8; 32]>,
}

/// Tells which client this is. Any failure is `invalid_client`, in the same words and time whether the client exists or not.
pub async fn authenticate(authority: &Authority, presented: Presented<'_>) -> Result<AuthenticatedClient, OAuthError> {
    let _ = (authority, presented);
    Err(OAuthError::new(OAuthCode::InvalidClient, "the client could not be authenticated"))
}
