//! The name of the person whom a token speaks for, for resource servers and managers (`username`, RFC 7662, section 2.2). A client that
//! asks about its own token learns of the person what the granted scopes tell, and not this.
//!
//! For people to read: remembered for a moment, so that introspection stays lean, and never a ground to decide on.

use super::Asker;
use crate::{authority::Authority, oauth::OAuthError};
use jeton_core::{id::UserId, limits};
use jeton_gate::check::TokenView;
use jeton_store::StoreError;
use quick_cache::sync::Cache;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Names that were looked up a moment ago. The least used fall out.
pub struct UsernameMemory(Cache<UserId, (Instant, Option<Arc<str>>)>);

impl Default for UsernameMemory {
    fn default() -> Self {
        Self(Cache::new(limits::USERNAMES_REMEMBERED))
    }
}

impl std::fmt::Debug for UsernameMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UsernameMemory({})", self.0.len())
    }
}

/// The name, where a person stands behind the token and the asker may know.
pub(super) async fn of(authority: &Authority, asker: &Asker<'_>, token: &TokenView) -> Result<Option<Arc<str>>, OAuthError> {
    if asker.owns(token) {
        return Ok(None);
    }
    let Ok(user) = UserId::parse(token.subject()) else { return Ok(None) };
    let life = Duration::from_secs(limits::USERNAME_LIFE.as_seconds_up().unsigned_abs());
    if let Some((at, name)) = authority.usernames.0.get(&user)
        && at.elapsed() < life
    {
        return Ok(name);
    }
    let at = Instant::now();
    let name = match Box::pin(authority.store.show_user(token.organisation(), user)).await {
        Ok(user) => Some(Arc::from(user.name.as_str())),
        Err(StoreError::NotFound(_)) => None,
        Err(error) => return Err(error.into()),
    };
    authority.usernames.0.insert(user, (at, name.clone()));
    Ok(name)
}
