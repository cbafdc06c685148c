//! The origins of browser apps: where the registered addresses of approved public clients lie. Scripts from there may read the
//! answers of the token endpoint and its like.
//!
//! Follows the clients by their places in the change log. The origin of a client that was removed is known until the next start: a
//! browser is let to read an answer by it, and nothing is answered because of it.

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
    origins: HashSet<String>,
    up_to: Revision,
    looked_at: Option<Instant>,
}

impl Origins {
    /// Whether scripts of this origin belong to a client.
    pub async fn knows(&self, authority: &Authority, origin: &str) -> bool {
        let (is_known, is_fresh) = {
            let known = self.known.read();
            (known.origins.contains(origin), known.is_fresh())
        };
        if is_fresh && is_known {
            return true;
        }
        let _asking = self.asking.lock().await;
        if let Err(error) = self.follow(authority).await {
            tracing::warn!(%error, "the origins of clients could not be looked up");
        }
        self.known.read().origins.contains(origin)
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
        let before = self.by_client.remove(&client.id);
        let own = origins_of(client);
        if !own.is_empty() && self.by_client.len() < limits::ORIGINS_MAX {
            self.by_client.insert(client.id, own.clone());
            self.origins.extend(own);
        }
        for gone in before.into_iter().flatten() {
            if !self.by_client.values().any(|others| others.contains(&gone)) {
                self.origins.remove(&gone);
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
