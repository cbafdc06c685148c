//! The keys of clients, which their assertions and request objects are verified by, and the certificates that come with them: inline,
//! or fetched from where they say.
//!
//! A fetched set is held for as long as its server allows, and fetched again for a key that is not in it, but not often.

use super::{OAuthCode, OAuthError};
use crate::{authority::Authority, fetch::FetchFault};
use jeton_core::{
    client_certificate,
    jose::{Algorithm, KeySet, UnverifiedJwt},
    limits, strict_json,
};
use jeton_store::client::Client;
use std::{sync::Arc, time::Duration};
use url::Url;

/// The key set that a JWT of a client is to be verified by, of which the client registered `algorithm`, if any: fetched again where
/// the set that is held does not have the key which the JWT names. Empty where the client has none.
pub async fn for_jwt(authority: &Authority, client: &Client, algorithm: Option<Algorithm>, jwt: &str) -> Result<Arc<KeySet>, OAuthError> {
    let held = of(authority, client, algorithm).await?;
    let named = UnverifiedJwt::parse(jwt.as_bytes()).ok().and_then(|jwt| jwt.kid().map(str::to_owned));
    match named {
        Some(kid) if held.find(&kid).is_none() => again(authority, client, algorithm).await,
        _ => Ok(held),
    }
}

/// The key set of a client, as it is held.
pub async fn of(authority: &Authority, client: &Client, algorithm: Option<Algorithm>) -> Result<Arc<KeySet>, OAuthError> {
    fetched(authority, client, algorithm, Duration::MAX).await
}

/// The same where a key was not in the set: one that is fetched is fetched again, at most every half minute.
async fn again(authority: &Authority, client: &Client, algorithm: Option<Algorithm>) -> Result<Arc<KeySet>, OAuthError> {
    match fetched(authority, client, algorithm, again_after()).await {
        Ok(keys) => Ok(keys),
        // Where it cannot be fetched just now, what is held goes on.
        Err(_) => of(authority, client, algorithm).await,
    }
}

/// How old what is held must be before it is fetched again for something that is not in it.
fn again_after() -> Duration {
    Duration::from_secs(limits::KEYS_AGAIN_TIME.as_seconds_up().unsigned_abs())
}

async fn fetched(authority: &Authority, client: &Client, algorithm: Option<Algorithm>, age: Duration) -> Result<Arc<KeySet>, OAuthError> {
    let registration = &client.registration;
    if let Some(inline) = &registration.jwks {
        return Ok(Arc::new(parse(inline.to_string().as_bytes(), algorithm).unwrap_or_default()));
    }
    let Some(mut url) = registration.jwks_uri.as_deref().and_then(|uri| Url::parse(uri).ok()) else { return Ok(Arc::default()) };
    // A fragment is never sent: it only keeps apart how the same set is read for clients of different algorithms.
    url.set_fragment(algorithm.map(Algorithm::as_str));
    let clients = &authority.clients;
    let read = |body: &[u8]| parse(body, algorithm);
    let keys = clients.keys.find_newer(clients.fetcher_of(client), &url, limits::FETCHED_KEYS_MAX, age, read).await;
    keys.map_err(|fault| refused(&fault))
}

/// Whether the client's keys come with this certificate (`x5c`, RFC 8705, section 2.2.2), named by its SHA-256. Fetched again where
/// it is not among those that are held.
pub async fn have_certificate(authority: &Authority, client: &Client, thumbprint: &[u8; 32]) -> Result<bool, OAuthError> {
    let registration = &client.registration;
    if let Some(inline) = &registration.jwks {
        return Ok(client_certificate::of_key_set(inline).contains(thumbprint));
    }
    let Some(url) = registration.jwks_uri.as_deref().and_then(|uri| Url::parse(uri).ok()) else { return Ok(false) };
    let clients = &authority.clients;
    let read = |body: &[u8]| {
        let set = strict_json::object(body, limits::JWT_DEPTH_MAX).map_err(|fault| format!("cannot be read: {fault}"))?;
        Ok(client_certificate::of_key_set(&set.into()))
    };
    for age in [Duration::MAX, again_after()] {
        let found = clients.certificates.find_newer(clients.fetcher_of(client), &url, limits::FETCHED_KEYS_MAX, age, read).await;
        if found.map_err(|fault| refused(&fault))?.contains(thumbprint) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn refused(fault: &FetchFault) -> OAuthError {
    let words = format!("the client's keys cannot be had: its `jwks_uri` {fault}");
    let code = if fault.is_passing() { OAuthCode::TemporarilyUnavailable } else { OAuthCode::InvalidClient };
    // It is not this server that fails.
    OAuthError::new(code, words).with_status(http::StatusCode::BAD_REQUEST)
}

/// Reads a set; keys that cannot be used here are left out.
fn parse(body: &[u8], algorithm: Option<Algorithm>) -> Result<KeySet, String> {
    KeySet::parse_for(body, algorithm).map(|(keys, _)| keys).map_err(|fault| format!("holds a key set that {fault}"))
}
