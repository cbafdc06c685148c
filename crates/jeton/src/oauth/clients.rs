//! Finding clients: from memory where it is as new as the change log, else from the store; metadata documents are fetched.

use super::OAuthError;
use crate::authority::Authority;
use jeton_store::client::Client;
use std::sync::Arc;

/// The client of this id, whatever its state; `None` where there is none.
pub async fn find(authority: &Authority, client_id: &str) -> Result<Option<Arc<Client>>, OAuthError> {
    let (found, _) = authority.store.find_client(client_id).await?;
    Ok(found.map(Arc::new))
}
