//! `private_key_jwt` (RFC 7523 as RFC 10070 updates it): for this issuer alone, and each assertion once, on all nodes.

use super::{Doubt, note};
use crate::{
    authority::Authority,
    oauth::{OAuthError, client_keys},
};
use aws_lc_rs::digest::{Context, SHA256};
use jeton_core::{
    denial::JwtFault,
    jose::{self, Algorithm, BroughtFault, ClientAssertionRules},
};
use jeton_store::client::Client;

/// Whether an assertion is of this client. What is wrong with one is told once its signature fits. Takes the work of one signature,
/// also where there is no such client.
pub(super) async fn verify(authority: &Authority, client: Option<&Client>, text: &str) -> Result<bool, Doubt> {
    let verdict = match client {
        Some(client) => verify_own(authority, client, text).await,
        None => Ok(Verdict::NotVerified),
    };
    match verdict {
        Ok(Verdict::NotVerified) => authority.client_signatures.verify_in_vain(text),
        Ok(Verdict::Fits | Verdict::FitsNot) | Err(_) => authority.client_signatures.count(),
    }
    verdict.map(|verdict| matches!(verdict, Verdict::Fits))
}

/// What became of a signature.
enum Verdict {
    /// It is the client's, of an assertion that holds.
    Fits,
    /// It is not.
    FitsNot,
    /// There was no key to verify it by.
    NotVerified,
}

async fn verify_own(authority: &Authority, client: &Client, text: &str) -> Result<Verdict, Doubt> {
    let token_endpoint = format!("{}{}", authority.config.issuer, crate::http::oauth::TOKEN);
    let algorithm = client.registration.token_endpoint_auth_signing_alg.as_deref().and_then(Algorithm::parse);
    let keys = client_keys::for_jwt(authority, client, algorithm, text).await;
    let Some(keys) = keys.map_err(|error| note(client, &error)).ok() else { return Ok(Verdict::NotVerified) };
    let rules = ClientAssertionRules {
        client_id: &client.client_id,
        issuer: &authority.config.issuer,
        legacy_audience: client.policy.legacy_assertion_audience.then_some(token_endpoint.as_str()),
        algorithm,
    };
    let verified = match jose::verify_client_assertion_at(text.as_bytes(), &keys, &rules, authority.now()) {
        Ok(verified) => verified,
        Err(fault) if is_behind_signature(fault) => return Err(Doubt::Proved(format!("the client assertion is not accepted: {fault}"))),
        Err(BroughtFault::Jwt(JwtFault::BadSignature)) => return Ok(Verdict::FitsNot),
        Err(_) => return Ok(Verdict::NotVerified),
    };
    let spent = authority.store.spend_id(name_of(client, verified.id()), verified.expires_at()).await;
    match spent.map_err(OAuthError::from).map_err(Doubt::Other)? {
        true => Ok(Verdict::Fits),
        false => {
            Err(Doubt::Proved("the client assertion was used before: make a new one, with a `jti` of its own, for each request".to_owned()))
        }
    }
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
