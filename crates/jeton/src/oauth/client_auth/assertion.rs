//! `private_key_jwt` (RFC 7523 as RFC 10070 updates it): for this issuer alone, and each assertion once, on all nodes.

use super::Doubt;
use crate::{
    authority::Authority,
    oauth::{OAuthCode, OAuthError, client_keys},
};
use aws_lc_rs::digest::{Context, SHA256};
use jeton_core::jose::{self, Algorithm, BroughtFault, ClientAssertionRules, KeySet, UnverifiedJwt};
use jeton_store::client::Client;
use std::sync::Arc;

/// Whether an assertion is of this client. What is wrong with one is told once its signature fits.
pub(super) async fn verify(authority: &Authority, client: &Client, text: &str) -> Result<bool, Doubt> {
    let keys = keys_for(authority, client, text).await?;
    let token_endpoint = format!("{}{}", authority.config.issuer, crate::http::oauth::TOKEN);
    let rules = ClientAssertionRules {
        client_id: &client.client_id,
        issuer: &authority.config.issuer,
        legacy_audience: client.policy.legacy_assertion_audience.then_some(token_endpoint.as_str()),
        algorithm: client.registration.token_endpoint_auth_signing_alg.as_deref().and_then(Algorithm::parse),
    };
    let verified = match jose::verify_client_assertion_at(text.as_bytes(), &keys, &rules, authority.now()) {
        Ok(verified) => verified,
        Err(fault) if is_behind_signature(fault) => return Err(Doubt::Proved(format!("the client assertion is not accepted: {fault}"))),
        Err(_) => return Ok(false),
    };
    let spent = authority.store.spend_id(name_of(client, verified.id()), verified.expires_at()).await;
    match spent.map_err(OAuthError::from).map_err(Doubt::Other)? {
        true => Ok(true),
        false => {
            Err(Doubt::Proved("the client assertion was used before: make a new one, with a `jti` of its own, for each request".to_owned()))
        }
    }
}

/// The client's keys, fetched again where the one that signed is not among those that are held. Keys that cannot be had prove
/// nothing, and tell nothing of the client.
async fn keys_for(authority: &Authority, client: &Client, text: &str) -> Result<Arc<KeySet>, Doubt> {
    let kid = UnverifiedJwt::parse(text.as_bytes()).ok().and_then(|jwt| jwt.kid().map(str::to_owned));
    let found = match kid {
        Some(kid) => client_keys::with(authority, client, &kid).await,
        None => client_keys::of(authority, client).await,
    };
    found.map_err(|error| if error.code == OAuthCode::InvalidClient { Doubt::Unproved } else { Doubt::Other(error) })
}

/// Whether the signature was found to fit before this was found wrong.
const fn is_behind_signature(fault: BroughtFault) -> bool {
    !matches!(fault, BroughtFault::Jwt(_) | BroughtFault::NoKey | BroughtFault::SeveralKeys | BroughtFault::NotRegisteredAlgorithm)
}

/// What a `jti` is remembered by: whose it is, and what for.
fn name_of(client: &Client, jti: &str) -> [u8; 32] {
    let mut hash = Context::new(&SHA256);
    for part in ["client assertion", client.client_id.as_str(), jti] {
        hash.update(&(part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut name = [0; 32];
    name.copy_from_slice(hash.finish().as_ref());
    name
}
