//! What is known of a token that was presented. Only borrowed views: a check allocates nothing.

use crate::{id::TokenId, name::Subject, policy::Policy, timestamp::Timestamp, token_text::TokenDigest};
use serde::{Deserialize, Serialize};

/// The stored state of a token. "Expired" and "not yet valid" are not states: they follow from the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// May be used.
    #[default]
    Active,
    /// Must not be used until it is resumed.
    Suspended,
    /// Must never be used again.
    Revoked,
}

impl TokenState {
    /// `active`, `suspended` or `revoked`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
        }
    }
    /// From its text.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Suspended, Self::Revoked].into_iter().find(|state| state.as_str() == text)
    }
}

/// Which of a token's two secrets was presented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhichSecret {
    /// The newest.
    #[default]
    Current,
    /// The one before, which lives until `until` (a rotation's overlap) and is dead from then on.
    Previous {
        /// The end of the overlap.
        until: Timestamp,
    },
}

/// What is known of one presented token, its secret (or signature) already verified by [`Secrets::verify`] or the JOSE module.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The token.
    pub id: TokenId,
    /// Whom it speaks for.
    pub subject: &'a str,
    /// Its stored state.
    pub state: TokenState,
    /// Which secret was presented.
    pub secret: WhichSecret,
    /// From when on it may be used.
    pub not_before: Option<Timestamp>,
    /// Until when it may be used; `None` stands for no end.
    pub expires_at: Option<Timestamp>,
    /// What it may do.
    pub policy: &'a Policy,
    /// The token that it was derived from, which must be alive too and permit the same; `None` for a token without parent.
    pub parent: Option<&'a Facts<'a>>,
}

/// The digests of a token's live secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secrets {
    /// Of the newest secret. For a JWT, the digest of nothing that can be presented: all zero, which no text hashes to.
    pub current: TokenDigest,
    /// Of the one before, and the end of its overlap.
    pub previous: Option<(TokenDigest, Timestamp)>,
}

impl Secrets {
    /// Tells which secret `presented` is, in constant time for each; `None` when it is neither.
    pub fn verify(&self, presented: &TokenDigest) -> Option<WhichSecret> {
        let current = self.current.matches(presented);
        let previous = self.previous.filter(|(digest, _)| digest.matches(presented));
        match (current, previous) {
            (true, _) => Some(WhichSecret::Current),
            (false, Some((_, until))) => Some(WhichSecret::Previous { until }),
            (false, None) => None,
        }
    }
}

/// A token as it is stored and as verifiers keep it: all that a decision needs, and no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    /// The token.
    pub id: TokenId,
    /// What proves its holder.
    pub secrets: Secrets,
    /// Whom it speaks for.
    pub subject: Subject,
    /// Its stored state.
    pub state: TokenState,
    /// From when on it may be used.
    pub not_before: Option<Timestamp>,
    /// Until when it may be used.
    pub expires_at: Option<Timestamp>,
    /// What it may do.
    pub policy: std::sync::Arc<Policy>,
}
