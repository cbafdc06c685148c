//! What a page must remember until its form comes back: sealed in the form itself, for one purpose and one browser or session, and for a
//! short time. The server keeps nothing of it.
//!
//! A sealed value is good as often as it comes: what may happen only once is spent besides ([`Sealed::spend`]).

use crate::authority::Authority;
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton_core::{
    seal,
    timestamp::{Span, Timestamp},
};
use jeton_store::StoreError;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What came back, and was sealed here.
#[derive(Debug)]
pub struct Sealed<T> {
    /// When it was sealed.
    pub at: Timestamp,
    /// What it is.
    pub value: T,
    name: [u8; 32],
    ends_at: Timestamp,
}

#[derive(Deserialize, Serialize)]
struct Written<T> {
    at: Timestamp,
    value: T,
}

/// Seals a value for a context; nothing where that fails.
pub fn seal<T: Serialize>(authority: &Authority, context: &str, value: &T) -> Option<String> {
    let plain = serde_json::to_vec(&Written { at: authority.now(), value }).ok()?;
    let sealed = seal::seal(authority.store.ring(), context.as_bytes(), &plain, rand::random()).ok()?;
    Some(URL_SAFE_NO_PAD.encode(sealed))
}

/// Opens what was sealed for the same context, no longer ago than `life`.
pub fn open<T: DeserializeOwned>(authority: &Authority, context: &str, text: &str, life: Span) -> Option<Sealed<T>> {
    let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
    let plain = seal::open(authority.store.ring(), context.as_bytes(), &sealed).ok()?;
    let Written { at, value } = serde_json::from_slice(&plain).ok()?;
    let mut name = [0; 32];
    name.iter_mut().zip(digest::digest(&digest::SHA256, &sealed).as_ref()).for_each(|(slot, byte)| *slot = *byte);
    let ends_at = at.plus(life);
    (authority.now() < ends_at).then_some(Sealed { at, value, name, ends_at })
}

impl<T> Sealed<T> {
    /// Uses it up, for all nodes; `false` where it was used before.
    pub async fn spend(&self, authority: &Authority) -> Result<bool, StoreError> {
        authority.store.spend_id(self.name, self.ends_at).await
    }
}
