//! Signing keys in answers: the public half alone.

use crate::keys;
use jeton_core::timestamp::Timestamp;
use jeton_store::key::StoredKey;
use serde::Serialize;

/// A signing key.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = SigningKey)]
pub struct KeyView {
    /// The JWK thumbprint of its public half.
    pub kid: String,
    /// `ES256`, `EdDSA` or `RS256`.
    pub algorithm: String,
    /// As of now: `published`, `signing` (one of each algorithm), `verifying` or `removed`.
    pub stage: &'static str,
    /// When it was put into the key set.
    #[schema(value_type = String, format = DateTime)]
    pub published_at: Timestamp,
    /// From when on it signs.
    #[schema(value_type = String, format = DateTime)]
    pub signs_from: Timestamp,
    /// When it stops verifying; `null` while none is to take its place.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub removed_at: Option<Timestamp>,
}

/// The keys as of `now`, the newest first.
pub fn show(mut keys: Vec<StoredKey>, now: Timestamp) -> Vec<KeyView> {
    keys.sort_by_key(|key| std::cmp::Reverse(key.signs_from));
    let stage = |key: &StoredKey| match () {
        () if key.removed_at.is_some_and(|at| now >= at) => "removed",
        () if keys::signs_at(&keys, key, now) => "signing",
        () if now < key.signs_from => "published",
        () => "verifying",
    };
    let show = |key: &StoredKey| KeyView {
        kid: key.kid.clone(),
        algorithm: key.algorithm.clone(),
        stage: stage(key),
        published_at: key.published_at,
        signs_from: key.signs_from,
        removed_at: key.removed_at,
    };
    keys.iter().map(show).collect()
}
