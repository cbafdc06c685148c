//! The keys of clients, which their assertions and request objects are verified by: inline, or fetched from where they say.
//!
//! A fetched set is held for as long as its server allows, and fetched again for a key that is not in it, but not often.

use super::{OAuthCode, OAuthError};
use crate::authority::Authority;
use jeton_core::{jose::KeySet, limits};
use jeton_store::client::Client;
use std::{sync::Arc, time::Duration};
use url::Url;

/// The key set of a client; empty where it has none.
pub async fn of(authority: &Authority, client: &Client) -> Result<Arc<KeySet>, OAuthError> {
    fetched(authority, client, Duration::MAX).await
}

/// The same for a key of this name: where the set that is held does not have it, it is fetched again, at most every half minute.
pub async fn with(authority: &Authority, client: &Client, kid: &str) -> Result<Arc<KeySet>, OAuthError> {
    let held = of(authority, client).await?;
    if held.find(kid).is_some() || client.registration.jwks_uri.is_none() {
        return Ok(held);
    }
    let age = Duration::from_secs(limits::KEYS_AGAIN_TIME.as_seconds_up().unsigned_abs());
    // Where it cannot be fetched just now, what is held goes on.
    Ok(fetched(authority, client, age).await.unwrap_or(held))
}

async fn fetched(authority: &Authority, client: &Client, age: Duration) -> Result<Arc<KeySet>, OAuthError> {
    let registration = &client.registration;
    if let Some(inline) = &registration.jwks {
        return Ok(Arc::new(parse(inline.to_string().as_bytes()).unwrap_or_default()));
    }
    let Some(url) = registration.jwks_uri.as_deref().and_then(|uri| Url::parse(uri).ok()) else { return Ok(Arc::default()) };
    let clients = &authority.clients;
    let keys = clients.keys.get_newer(&clients.fetcher, &url, limits::FETCHED_KEYS_MAX, age, parse).await;
    keys.map_err(|fault| {
        let words = format!("the client's keys cannot be had: its `jwks_uri` {fault}");
        let code = if fault.is_passing() { OAuthCode::TemporarilyUnavailable } else { OAuthCode::InvalidClient };
        OAuthError::new(code, words)
    })
}

/// Reads a set; keys that cannot be used here are left out.
fn parse(body: &[u8]) -> Result<KeySet, String> {
    KeySet::parse(body).map(|(keys, _)| keys).map_err(|fault| format!("holds a key set that {fault}"))
}
