//! Finding clients: from memory where it is as new as the change log, else from the store; metadata documents are fetched.
//!
//! Never believes a memory that the change log has left behind, and never stores a client before it was used with success.

mod memory;
mod metadata_document;
mod scopes;

pub use memory::ClientMemory;
pub use scopes::{Settled, settle};

use super::{OAuthCode, OAuthError};
use crate::{
    authority::Authority,
    fetch::{Fetcher, Held},
    oauth::register::Pace,
};
use aws_lc_rs::digest;
use jeton_core::{id::ClientId, jose::KeySet, oauth::registration::Registration};
use jeton_store::{
    StoreError,
    audit::Actor,
    client::{Client, NewClient},
};
use std::sync::Arc;

/// What this process keeps of clients.
#[derive(Debug)]
pub struct Clients {
    /// Clients as they are stored.
    pub memory: Arc<ClientMemory>,
    /// What fetches what strangers point at: clients that came by themselves.
    pub fetcher: Fetcher,
    /// What fetches what is pointed at by somebody whom an operator knows. No stranger keeps it waiting.
    pub own_fetcher: Fetcher,
    /// Their metadata documents.
    pub documents: Held<Registration>,
    /// Their keys.
    pub keys: Held<KeySet>,
    /// The certificates that come with their keys.
    pub certificates: Held<Vec<[u8; 32]>>,
    /// How often strangers register.
    pub pace: Pace,
}

impl Clients {
    /// Knows none yet.
    pub fn new(fetcher: Fetcher) -> Self {
        Self {
            memory: Arc::default(),
            own_fetcher: fetcher.apart(),
            fetcher,
            documents: Held::default(),
            keys: Held::default(),
            certificates: Held::default(),
            pace: Pace::default(),
        }
    }
}

impl Clients {
    /// What fetches for this client.
    pub fn fetcher_of(&self, client: &Client) -> &Fetcher {
        if client.is_vouched_for() { &self.own_fetcher } else { &self.fetcher }
    }
}

/// The client of this id, whatever its state; `None` where there is none.
pub async fn find(authority: &Authority, client_id: &str) -> Result<Option<Arc<Client>>, OAuthError> {
    let Some(id) = id_of(client_id) else { return Ok(None) };
    let stored = find_stored(authority, id).await?.filter(|client| client.client_id == client_id);
    // In a box, as what follows that is rare: a future is as large as the largest that it may come to wait for, and is moved about.
    if is_address(client_id) { Box::pin(metadata_document::find(authority, client_id, stored)).await } else { Ok(stored) }
}

/// The client of this row, as it is stored; `None` where there is none.
pub async fn find_stored(authority: &Authority, id: ClientId) -> Result<Option<Arc<Client>>, OAuthError> {
    let memory = &authority.clients.memory;
    if authority.gate.is_fresh()
        && let Some(known) = memory.find(id)
    {
        return Ok(known);
    }
    Box::pin(read(authority, id)).await
}

/// Whether [`find`] would tell of this client from memory.
pub fn is_remembered(authority: &Authority, client_id: &str) -> bool {
    authority.gate.is_fresh() && id_of(client_id).is_some_and(|id| authority.clients.memory.find(id).is_some())
}

/// Looks a client up that memory told of: whoever proves nothing waits for the database, known here or not.
pub async fn look_up(authority: &Authority, client_id: &str) -> Result<(), OAuthError> {
    match id_of(client_id) {
        Some(id) => read(authority, id).await.map(drop),
        None => Ok(()),
    }
}

async fn read(authority: &Authority, id: ClientId) -> Result<Option<Arc<Client>>, OAuthError> {
    let (found, as_of) = authority.store.find_client_by_id(id).await?;
    let found = found.map(Arc::new);
    authority.clients.memory.remember(id, found.clone(), as_of);
    Ok(found)
}

/// Stores a client that came by its metadata document, where it is not stored yet. To be called before anything is issued to it.
pub async fn keep(authority: &Authority, client: &Client) -> Result<(), OAuthError> {
    if client.version > 0 { Ok(()) } else { Box::pin(insert(authority, client)).await }
}

async fn insert(authority: &Authority, client: &Client) -> Result<(), OAuthError> {
    let most = Some(jeton_core::limits::UNINVITED_CLIENTS_MAX);
    let new = NewClient { client: client.clone(), secret: None, uninvited_max: most };
    match authority.store.insert_client(new, Actor::system(authority.now())).await {
        Ok(_) => Ok(()),
        Err(StoreError::Exists(_)) => {
            // Somebody else was faster; or it was removed not long ago, and its anchor with it.
            let found = find_stored(authority, client.id).await?.filter(|found| found.client_id == client.client_id);
            let removed = || OAuthError::new(OAuthCode::UnauthorizedClient, "this client was removed here, and may not be used");
            found.map(drop).ok_or_else(removed)
        }
        Err(StoreError::Conflict(why)) => Err(OAuthError::new(OAuthCode::UnauthorizedClient, why)),
        Err(error) => Err(error.into()),
    }
}

/// Whether a client id is meant as the address of a metadata document.
fn is_address(client_id: &str) -> bool {
    client_id.contains("://")
}

/// The id of the row of a client: for an address it follows from the address, so that it can be named before it is stored.
fn id_of(client_id: &str) -> Option<ClientId> {
    if !is_address(client_id) {
        return ClientId::parse(client_id).ok();
    }
    if client_id.len() > jeton_core::limits::CLIENT_URI_MAX {
        return None;
    }
    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(b"jeton client\0");
    hash.update(client_id.as_bytes());
    let random: [u8; 16] = hash.finish().as_ref().first_chunk().copied()?;
    Some(ClientId::from_random(random))
}
