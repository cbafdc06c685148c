//! What is kept outside the database, so that a rolled-back or restored database is known and nothing dead comes back: the
//! generation (which database this is and how far it had come) and the journal of what must never be undone.
//!
//! Everything here is marked under the master key. A file that does not carry its mark is reported and never believed.

mod attach;
mod file;
mod floors;
mod generation;
mod journal;
mod keeper;
mod reconcile;
mod replay;
mod settled;

pub(crate) use floors::Floors;
pub use generation::Generation;
pub(crate) use generation::{load as load_generation, store as store_generation};
pub(crate) use journal::{Batch, Journal, JournalContents, put_aside as put_journal_aside};
pub use journal::{Coverage, JournalFault};
pub(crate) use keeper::Keeper;
pub(crate) use reconcile::{Installation, installation, reconcile, write_installation};
pub(crate) use replay::Replay;
pub(crate) use settled::took_place;

use jeton_core::{
    change::Revision,
    cut::{Cut, CutScope},
    id::ApiId,
    id::ClientId,
    id::TokenId,
    timestamp::Timestamp,
    token_text::TokenDigest,
};
use serde::{Deserialize, Serialize};

/// What must never be undone by putting older data back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
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
        #[serde(with = "digest_text")]
        current: TokenDigest,
        /// Its last four characters.
        hint: String,
        /// The digest of the one before and the end of its overlap.
        #[serde(with = "previous_text")]
        previous: (TokenDigest, Timestamp),
    },
    /// The token's rules were edited: an older copy of it may permit more.
    Edited {
        /// The token.
        token: TokenId,
        /// When.
        at: Timestamp,
    },
    /// The API is gone, or its demands were edited: an older copy of it may demand less.
    ApiChanged {
        /// The API.
        api: ApiId,
        /// When.
        at: Timestamp,
    },
    /// The client is gone, or its registration was changed: an older copy of it may be allowed more.
    ClientChanged {
        /// The client.
        client: ClientId,
        /// When.
        at: Timestamp,
    },
    /// Everything of a scope that was issued up to an instant is dead.
    Cut {
        /// Of what.
        scope: CutScope,
        /// Issued then or before.
        until: Timestamp,
        /// Since when.
        at: Timestamp,
        /// By whom.
        actor: String,
        /// Why.
        reason: Option<String>,
        /// More words.
        comment: Option<String>,
    },
    /// The signing key verifies nothing any more.
    KeyRemoved {
        /// Its name in the key set.
        kid: String,
        /// Since when.
        at: Timestamp,
    },
}

impl Entry {
    /// When it was.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Revoked { at, .. }
            | Self::Suspended { at, .. }
            | Self::Resumed { at, .. }
            | Self::Rotated { at, .. }
            | Self::Edited { at, .. }
            | Self::ApiChanged { at, .. }
            | Self::ClientChanged { at, .. }
            | Self::Cut { at, .. }
            | Self::KeyRemoved { at, .. } => *at,
        }
    }
    /// The cut that it tells of, where it tells of one. Its place is left out: it is not the journal's to say.
    pub fn cut(&self) -> Option<Cut> {
        let Self::Cut { scope, until, at, actor, reason, comment } = self else { return None };
        Some(Cut {
            scope: scope.clone(),
            until: *until,
            at: *at,
            actor: actor.clone(),
            reason: reason.clone(),
            comment: comment.clone(),
            revision: Revision::default(),
        })
    }
    /// The token that it is about, where it is about one.
    pub const fn token(&self) -> Option<TokenId> {
        match self {
            Self::Revoked { token, .. }
            | Self::Suspended { token, .. }
            | Self::Resumed { token, .. }
            | Self::Rotated { token, .. }
            | Self::Edited { token, .. } => Some(*token),
            Self::ApiChanged { .. } | Self::ClientChanged { .. } | Self::Cut { .. } | Self::KeyRemoved { .. } => None,
        }
    }
}

/// A name for a new installation.
pub(crate) fn fresh_instance() -> crate::error::Result<String> {
    let mut random = [0; 16];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| crate::StoreError::Unavailable("the system gives no randomness".to_owned()))?;
    Ok(hex(&random))
}

/// Bytes as small hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Bytes from hexadecimal digits.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let mut bytes = Vec::with_capacity(text.len() / 2);
    for pair in text.as_bytes().chunks(2) {
        let [high, low] = pair else { return None };
        bytes.push(value(*high)? << 4 | value(*low)?);
    }
    Some(bytes)
}

fn digest_from(text: &str) -> Option<TokenDigest> {
    unhex(text)?.try_into().ok().map(TokenDigest::from_bytes)
}

/// A digest as text.
mod digest_text {
    use super::{TokenDigest, digest_from, hex};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(digest: &TokenDigest, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex(digest.as_bytes()))
    }
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<TokenDigest, D::Error> {
        digest_from(&String::deserialize(from)?).ok_or_else(|| D::Error::custom("must be 64 hexadecimal digits"))
    }
}

/// A digest as text, and the end of its overlap.
mod previous_text {
    use super::{Timestamp, TokenDigest, digest_from, hex};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>((digest, until): &(TokenDigest, Timestamp), to: S) -> Result<S::Ok, S::Error> {
        (hex(digest.as_bytes()), until).serialize(to)
    }
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<(TokenDigest, Timestamp), D::Error> {
        let (digest, until) = <(String, Timestamp)>::deserialize(from)?;
        Ok((digest_from(&digest).ok_or_else(|| D::Error::custom("must be 64 hexadecimal digits"))?, until))
    }
}
