//! The keys of clients, which their assertions and request objects are verified by.

use super::OAuthError;
use crate::authority::Authority;
use jeton_core::jose::{Algorithm, KeySet};
use jeton_store::client::Client;
use std::sync::Arc;

/// The key set of a client; empty where it has none that can be read.
pub async fn of(_authority: &Authority, client: &Client) -> Result<Arc<KeySet>, OAuthError> {
    let algorithm = client.registration.token_endpoint_auth_signing_alg.as_deref().and_then(Algorithm::parse);
    let keys = client.registration.jwks.as_ref().and_then(|set| KeySet::parse_for(set.to_string().as_bytes(), algorithm).ok());
    Ok(Arc::new(keys.map(|(keys, _)| keys).unwrap_or_default()))
}
