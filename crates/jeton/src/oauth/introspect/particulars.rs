//! What introspection tells of a token that no decision rests on and that never changes: read once, then remembered.

use crate::{authority::Authority, oauth::OAuthError};
use jeton_core::{
    id::TokenId,
    kind::TokenKind,
    limits,
    oauth::{exchange, grant_context::GrantContext},
    timestamp::Timestamp,
};
use jeton_gate::check::TokenView;
use jeton_store::StoreError;
use quick_cache::sync::Cache;
use serde_json::{Map, Value};
use std::sync::Arc;

/// What never changes about a token.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Particulars {
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When the person signed in for the grant that it hangs on.
    pub auth_time: Option<Timestamp>,
    /// How.
    pub acr: Option<String>,
    /// Who acts for the subject (RFC 8693, section 4.1).
    pub actor: Option<Map<String, Value>>,
}

/// Remembers them, within bounds. The least used fall out.
pub struct ParticularsMemory(Cache<TokenId, Arc<Particulars>>);

impl Default for ParticularsMemory {
    fn default() -> Self {
        Self(Cache::new(limits::PARTICULARS_REMEMBERED))
    }
}

impl std::fmt::Debug for ParticularsMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ParticularsMemory({})", self.0.len())
    }
}

/// The particulars of a token that the gate found good; `None` where it is gone by now.
pub async fn of(authority: &Authority, token: &TokenView) -> Result<Option<Arc<Particulars>>, OAuthError> {
    let memory = &authority.particulars.0;
    if let Some(known) = memory.get(&token.id()) {
        return Ok(Some(known));
    }
    match Box::pin(read(authority, token)).await {
        Ok(read) => {
            let read = Arc::new(read);
            memory.insert(token.id(), Arc::clone(&read));
            Ok(Some(read))
        }
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Reads the row, and those that it hangs on up to the grant that says how somebody signed in.
async fn read(authority: &Authority, token: &TokenView) -> Result<Particulars, StoreError> {
    let owner = token.organisation();
    let own = authority.store.show_token(owner, token.id()).await?;
    let mut found = Particulars { issued_at: own.issued_at, actor: exchange::actor_of_metadata(&own.metadata), ..Particulars::default() };
    let mut next = own.record.policy.parent.filter(|_| matches!(token.kind(), TokenKind::Oat | TokenKind::Ort));
    for _ in 1..limits::DERIVATION_DEPTH_MAX {
        let Some(id) = next else { break };
        let parent = authority.store.show_token(owner, id).await?;
        if parent.record.policy.kind == TokenKind::Grt {
            let context = GrantContext::from_metadata(&parent.metadata);
            (found.auth_time, found.acr) = (context.authenticated_at(), context.acr);
            break;
        }
        next = parent.record.policy.parent;
    }
    Ok(found)
}
