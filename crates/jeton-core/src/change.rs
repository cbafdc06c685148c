//! The change log: what verifiers follow. Every change that can alter a decision has a row in it, written in the transaction
//! that makes the change; nothing else makes a verifier forget what it knows.

use crate::{
    cut::CutScope,
    id::{ApiId, ClientId, TokenId},
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};

/// A place in the change log: 1 for the first change, rising by one, without gaps; 0 before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its place.
    pub revision: Revision,
    /// When it was made.
    pub at: Timestamp,
    /// What was changed.
    #[serde(flatten)]
    pub what: Changed,
}

/// What a change touched. A verifier forgets it and asks again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum Changed {
    /// A token was issued, rotated, suspended, resumed, revoked, edited or removed.
    Token(TokenId),
    /// An API was added, edited or removed.
    Api(ApiId),
    /// An OAuth client was registered, edited or removed, or its registration changed its state.
    Client(ClientId),
    /// Everything in a scope that was issued up to an instant was revoked: whoever holds a token of it asks again.
    Cut(Box<CutScope>),
    /// A signing key was published, put to use or retired.
    SigningKeys,
    /// More changed than the log can name: the database was restored.
    Everything,
}

impl std::fmt::Display for Revision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
