//! The origins of browser apps: where the registered addresses of approved public clients lie. Scripts from there may read the
//! answers of the token endpoint and its like.
//!
//! Follows the clients by their places in the change log, and asks for the client itself before it says yes: one that was removed or
//! suspended a moment ago has no origin any more.

use super::clients;
use crate::authority::Authority;
use jeton_core::{change::Revision, id::ClientId, limits, oauth::registration::ApplicationType};
use jeton_store::{
    StoreError,
    client::{Client, ClientState},
};
use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};
use url::Url;

/// The memory.
#[derive(Debug, Default)]
pub struct Origins {
    known: parking_lot::RwLock<Known>,
    /// Held by the one who asks the store.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    by_client: HashMap<ClientId, Vec<String>>,
    by_origin: HashMap<String, HashSet<ClientId>>,
    up_to: Revision,
    looked_at: Option<Instant>,
}

impl Origins {
    /// Whether scripts of this origin belong to a client.
    pub async fn knows(&self, authority: &Authority, origin: &str) -> bool {
        if self.known.read().is_fresh() && self.has_one(authority, origin).await {
            return true;
        }
        let _asking = self.asking.lock().await;
        if let Err(error) = self.follow(authority).await {
            tracing::warn!(%error, "the origins of clients could not be looked up");
        }
        self.has_one(authority, origin).await
    }
    /// Whether one of the clients that had this origin when they were last seen has it still. Those that have not are forgotten.
    async fn has_one(&self, authority: &Authority, origin: &str) -> bool {
        loop {
            let Some(id) = self.known.read().by_origin.get(origin).and_then(|ids| ids.iter().next().copied()) else { return false };
            match clients::find_stored(authority, id).await {
                Ok(Some(client)) if origins_of(&client).iter().any(|own| own == origin) => return true,
                Ok(_) => self.known.write().forget(id),
                Err(_) => return false,
            }
        }
    }
    /// Takes in what changed since the last look.
    async fn follow(&self, authority: &Authority) -> Result<(), StoreError> {
        loop {
            let from = self.known.read().up_to;
            let (clients, up_to) = authority.store.changed_clients(from).await?;
            let mut known = self.known.write();
            for client in &clients {
                known.take_in(client);
            }
            known.up_to = up_to;
            if up_to == from {
                known.looked_at = Some(Instant::now());
                return Ok(());
            }
        }
    }
}

impl Known {
    fn is_fresh(&self) -> bool {
        let life = Duration::from_micros(limits::ORIGINS_LIFE.as_micros().unsigned_abs());
        self.looked_at.is_some_and(|at| at.elapsed() < life)
    }
    fn take_in(&mut self, client: &Client) {
        self.forget(client.id);
        let own = origins_of(client);
        if !own.is_empty() && self.by_client.len() < limits::ORIGINS_MAX {
            for origin in &own {
                self.by_origin.entry(origin.clone()).or_default().insert(client.id);
            }
            self.by_client.insert(client.id, own);
        }
    }
    fn forget(&mut self, id: ClientId) {
        for origin in self.by_client.remove(&id).into_iter().flatten() {
            if let Some(ids) = self.by_origin.get_mut(&origin) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.by_origin.remove(&origin);
                }
            }
        }
    }
}

/// The origins of a client's scripts: those of its addresses, where it is a public client on the web.
fn origins_of(client: &Client) -> Vec<String> {
    let registration = &client.registration;
    let is_browser_app = client.state == ClientState::Approved
        && registration.application_type == ApplicationType::Web
        && registration.token_endpoint_auth_method.is_public();
    let addresses = registration.redirect_uris.iter().filter(|_| is_browser_app);
    let mut origins: Vec<String> = addresses.filter_map(|address| origin_of(address)).collect();
    origins.sort();
    origins.dedup();
    origins
}

/// The origin of an address as browsers write it; none for what has no such thing.
fn origin_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    Some(url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_those_that_browsers_write() {
        for (address, origin) in [
            ("https://app.example.com/cb?x", Some("https://app.example.com")),
            ("https://app.example.com:8443/cb", Some("https://app.example.com:8443")),
            ("http://127.0.0.1:5173/cb", Some("http://127.0.0.1:5173")),
            ("com.example.app:/cb", None),
        ] {
            assert_eq!(origin_of(address).as_deref(), origin, "{address}");
        }
    }
}
