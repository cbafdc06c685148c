//! Revocation (RFC 7009): a client gives its own tokens back. A refresh token takes its grant along, and everything that was issued
//! under it.
//!
//! Never tells whether a token exists or whose it is: what cannot be revoked by this client is answered as if it had been.

use super::{OAuthError, client_auth::AuthenticatedClient};
use crate::authority::Authority;
use jeton_core::{
    facts::{TokenRecord, TokenState},
    id::TokenId,
    jose,
    kind::{TokenFormat, TokenKind},
    token_text,
};
use jeton_store::{StoreError, audit::Actor, client::Client, token::Transition};

/// Why, as the token's owner sees it.
const REASON: &str = "client";

/// Revokes what `token` stands for, where it is the client's own. When this is through, this node refuses it.
pub async fn revoke(authority: &Authority, caller: &AuthenticatedClient, token: &str, actor: Actor) -> Result<(), OAuthError> {
    let Some(record) = recognise(authority, &caller.client, token).await? else { return Ok(()) };
    let revoked = match (record.policy.kind, record.policy.parent) {
        // Revokes the grant whatever state the family is in: nothing of it may stay.
        (TokenKind::Ort, Some(grant)) => authority.store.revoke_grant(grant, REASON, actor).await?,
        _ => revoke_one(authority, &record, actor).await?,
    };
    if let Some(revision) = revoked {
        authority.took_in(revision).await;
    }
    Ok(())
}

async fn revoke_one(authority: &Authority, record: &TokenRecord, actor: Actor) -> Result<Option<jeton_core::change::Revision>, OAuthError> {
    let transition = Transition { to: TokenState::Revoked, reason: Some(REASON.to_owned()), comment: None };
    match authority.store.transition_token(record.policy.organisation, record.id, transition, actor).await {
        Ok((_, revision)) => Ok(Some(revision)),
        // Swept meanwhile: it was long dead.
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The row that `token` proves to be of: an access or refresh token, issued to this client. Asked of the store, not of memory: this
/// is rare, and must not miss what another node issued just now.
async fn recognise(authority: &Authority, client: &Client, token: &str) -> Result<Option<TokenRecord>, OAuthError> {
    let found = if jose::looks_like_jwt(token.as_bytes()) {
        let keys = authority.keys.public();
        match jose::verify_access_token_at(token.as_bytes(), &keys, &authority.config.issuer, authority.now()) {
            Ok(verified) => find(authority, verified.id()).await?.filter(|record| verified.agrees_with(record).is_ok()),
            // Not ours, or over: nothing to take back.
            Err(_) => None,
        }
    } else {
        match token_text::parse(token.as_bytes()) {
            Ok(text) => find(authority, text.id).await?.filter(|record| {
                let is_it = record.policy.kind == text.kind && record.policy.format == TokenFormat::Opaque;
                record.secrets.verify(&text.digest).is_some() && is_it
            }),
            Err(_) => None,
        }
    };
    let is_own = |record: &TokenRecord| {
        let policy = &record.policy;
        policy.organisation == client.organisation
            && policy.client_id.as_deref() == Some(client.client_id.as_str())
            && matches!(policy.kind, TokenKind::Oat | TokenKind::Ort)
    };
    Ok(found.filter(is_own))
}

async fn find(authority: &Authority, id: TokenId) -> Result<Option<TokenRecord>, OAuthError> {
    Ok(authority.store.find_token(id).await?.record)
}
