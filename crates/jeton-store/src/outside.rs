//! What is kept outside the database, so that a rolled-back or restored database is known and nothing dead comes back.

use jeton_core::{id::TokenId, timestamp::Timestamp, token_text::TokenDigest};

/// What must never be undone by putting older data back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The token is dead.
    Revoked {
        /// The token.
        token: TokenId,
        /// Since when.
        at: Timestamp,
    },
    /// The token sleeps.
    Suspended {
        /// The token.
        token: TokenId,
        /// Since when.
        at: Timestamp,
    },
    /// The token was woken: an earlier suspension no longer counts.
    Resumed {
        /// The token.
        token: TokenId,
        /// Since when.
        at: Timestamp,
    },
    /// The token has another secret.
    Rotated {
        /// The token.
        token: TokenId,
        /// When.
        at: Timestamp,
        /// How many secrets it has had, this one included.
        generation: i64,
        /// The digest of the newest.
        current: TokenDigest,
        /// Its last four characters.
        hint: String,
        /// The digest of the one before and the end of its overlap.
        previous: (TokenDigest, Timestamp),
    },
}
