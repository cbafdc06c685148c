//! Passkeys of people (WebAuthn): the public key with what its authenticator told of itself, each under its mark. No secret lies here.
//!
//! Never believes a key without its mark: whoever could put one there could sign in.

mod row;
mod write;

pub(crate) use write::insert;

use crate::{
    error::{Result, StoreError},
    fault::Fault,
    link::Link,
    marks::Marks,
    store::{Store, read::read},
    user::{self, User},
};
use jeton_core::{
    id::{PasskeyId, UserId},
    name::Name,
    timestamp::Timestamp,
};

/// A passkey as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Its id here.
    pub id: PasskeyId,
    /// Whose it is.
    pub user: UserId,
    /// The id that its authenticator gave it.
    pub credential: Vec<u8>,
    /// What its owner calls it.
    pub name: Name,
    /// The public key with its counter and flags, as the program's library writes them.
    pub body: String,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When somebody last signed in with it.
    pub used_at: Option<Timestamp>,
    /// Rises by one with each change.
    pub version: i64,
}

impl Store {
    /// The passkeys of a user, the oldest first.
    pub async fn list_passkeys(&self, user: UserId) -> Result<Vec<Passkey>> {
        read!(self, link => row::of_user(link, self.marks(), user))
    }
    /// The passkey that an authenticator calls by this id, and whose it is.
    pub async fn find_passkey(&self, credential: &[u8]) -> Result<Option<(Passkey, User)>> {
        read!(self, link => find(link, self.marks(), credential))
    }
}

async fn find(link: &mut Link<'_>, marks: &Marks, credential: &[u8]) -> std::result::Result<Option<(Passkey, User)>, Fault> {
    let Some(passkey) = row::find(link, marks, credential).await? else { return Ok(None) };
    match user::load(link, marks, passkey.user).await {
        Ok(user) => Ok(Some((passkey, user))),
        Err(Fault::Refused(StoreError::NotFound(_))) => Ok(None),
        Err(fault) => Err(fault),
    }
}
