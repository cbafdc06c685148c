//! The keys of clients, which their assertions and request objects are verified by: inline, or fetched from where they say.
//!
//! A fetched set is held for as long as its server allows, and fetched again for a key that is not in it, but not often.

use super::{OAuthCode, OAuthError};
use crate::authority::Authority;
use jeton_core::{
    jose::{Algorithm, KeySet},
    limits,
};
use jeton_store::client::Client;
use std::{sync::Arc, time::Duration};
use url::Url;

/// The key set of a client; empty where it has none.
pub async fn of(authority: &Authority, client: &Client) -> Result<Arc<KeySet>, OAuthError> {
    fetched(authority, client, Duration::MAX).await
}

/// The same for a key of this name, which a set that is held may be too old to have.
pub async fn with(authority: &Authority, client: &Client, kid: &str) -> Result<Arc<KeySet>, OAuthError> {
    let held = of(authority, client).await?;
    if held.find(kid).is_some() { Ok(held) } else { again(authority, client).await }
}

/// The same where a key was not in the set: one that is fetched is fetched again, at most every half minute.
pub async fn again(authority: &Authority, client: &Client) -> Result<Arc<KeySet>, OAuthError> {
    let age = Duration::from_secs(limits::KEYS_AGAIN_TIME.as_seconds_up().unsigned_abs());
    match fetched(authority, client, age).await {
        Ok(keys) => Ok(keys),
        // Where it cannot be fetched just now, what is held goes on.
        Err(_) => of(authority, client).await,
    }
}

async fn fetched(authority: &Authority, client: &Client, age: Duration) -> Result<Arc<KeySet>, OAuthError> {
    let registration = &client.registration;
    let algorithm = registration.token_endpoint_auth_signing_alg.as_deref().and_then(Algorithm::parse);
    if let Some(inline) = &registration.jwks {
        return Ok(Arc::new(parse(inline.to_string().as_bytes(), algorithm).unwrap_or_default()));
    }
    let Some(mut url) = registration.jwks_uri.as_deref().and_then(|uri| Url::parse(uri).ok()) else { return Ok(Arc::default()) };
    // A fragment is never sent: it only keeps apart how the same set is read for clients of different algorithms.
    url.set_fragment(algorithm.map(Algorithm::as_str));
    let clients = &authority.clients;
    let read = |body: &[u8]| parse(body, algorithm);
    let keys = clients.keys.find_newer(&clients.fetcher, &url, limits::FETCHED_KEYS_MAX, age, read).await;
    keys.map_err(|fault| {
        let words = format!("the client's keys cannot be had: its `jwks_uri` {fault}");
        let code = if fault.is_passing() { OAuthCode::TemporarilyUnavailable } else { OAuthCode::InvalidClient };
        // It is not this server that fails.
        OAuthError::new(code, words).with_status(http::StatusCode::BAD_REQUEST)
    })
}

/// Reads a set; keys that cannot be used here are left out.
fn parse(body: &[u8], algorithm: Option<Algorithm>) -> Result<KeySet, String> {
    KeySet::parse_for(body, algorithm).map(|(keys, _)| keys).map_err(|fault| format!("holds a key set that {fault}"))
}
