//! What the gate asks for, answered from the store. Never answers more than was asked, and never from a row that it does not
//! believe.

use jeton_core::id::TokenId;
use jeton_gate::port::{Answering, Loaded, SourceFault, TokenSource};
use jeton_store::{Store, StoreError};

/// Tokens out of the store.
#[derive(Clone, Debug)]
pub struct StoredTokens(pub Store);

impl TokenSource for StoredTokens {
    fn find(&self, id: TokenId) -> Answering<'_, Result<Loaded, SourceFault>> {
        Box::pin(async move {
            let found = self.0.find_token(id).await.map_err(|error| fault(&error))?;
            Ok(Loaded { record: found.record, as_of: found.as_of })
        })
    }
}

/// Which fault of the gate's an error is. One of the store's own making is not the caller's fault: it counts as no answer.
pub(crate) fn fault(error: &StoreError) -> SourceFault {
    match error {
        StoreError::Tampered { table, id } => {
            tracing::error!(table, id, "a row was changed from outside and is not believed");
            SourceFault::Tampered
        }
        StoreError::RolledBack(_)
        | StoreError::Damaged(_)
        | StoreError::NotFound(_)
        | StoreError::Exists(_)
        | StoreError::Conflict(_)
        | StoreError::Outdated { .. }
        | StoreError::BadCursor
        | StoreError::KeyReused
        | StoreError::Unavailable(_) => {
            tracing::warn!(%error, "the store does not answer a gate");
            SourceFault::Unavailable
        }
    }
}
