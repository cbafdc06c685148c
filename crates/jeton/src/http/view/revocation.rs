//! A revocation of many in answers.

use crate::{caller::Caller, revocations::RevocationRequest};
use jeton_core::{cut::Cut, limits, timestamp::Timestamp};
use serde::Serialize;

/// A revocation of many tokens at once.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Revocation)]
pub struct RevocationView {
    /// `subject`, `client`, `project`, `signing_key` or `everything`.
    pub what: &'static str,
    /// Which one; `null` for everything.
    pub value: Option<String>,
    /// Everything of it that was issued up to this instant is revoked.
    #[schema(value_type = String, format = DateTime)]
    pub issued_until: Timestamp,
    /// When it was revoked.
    #[schema(value_type = String, format = DateTime)]
    pub revoked_at: Timestamp,
    /// By whom.
    pub revoked_by: String,
    /// Why.
    pub reason: Option<String>,
    /// More words on that.
    pub comment: Option<String>,
    /// Its place in the change log; 0 where nothing was done.
    pub revision: u64,
    /// Tokens that were alive and were (or would be) revoked, their descendants not counted; left out where nobody counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// Whether there are more than that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_and_more: Option<bool>,
    /// Sessions of the person that ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions_ended: Option<usize>,
    /// Whether nothing was done.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

impl RevocationView {
    /// A cut as it is stored.
    pub fn of(cut: &Cut) -> Self {
        Self {
            what: cut.scope.what.kind(),
            value: cut.scope.what.value(),
            issued_until: cut.until,
            revoked_at: cut.at,
            revoked_by: cut.actor.clone(),
            reason: cut.reason.clone(),
            comment: cut.comment.clone(),
            revision: cut.revision.0,
            tokens: None,
            tokens_and_more: None,
            sessions_ended: None,
            dry_run: false,
        }
    }
    /// A cut that was made just now.
    pub fn made(cut: &Cut, tokens: u64, sessions: usize) -> Self {
        Self { sessions_ended: Some(sessions), ..Self::counted(cut, tokens) }
    }
    /// A cut that nobody made.
    pub fn planned(cut: &Cut, tokens: u64) -> Self {
        Self { dry_run: true, ..Self::counted(cut, tokens) }
    }
    /// A signing key that was taken back.
    pub fn of_key(kid: &str, now: Timestamp, caller: &Caller, asked: &RevocationRequest, revision: u64) -> Self {
        Self {
            what: "signing_key",
            value: Some(kid.to_owned()),
            issued_until: now,
            revoked_at: now,
            revoked_by: caller.actor(now).who,
            reason: asked.reason.clone(),
            comment: asked.comment.clone(),
            revision,
            tokens: None,
            tokens_and_more: None,
            sessions_ended: None,
            dry_run: asked.dry_run,
        }
    }
    fn counted(cut: &Cut, tokens: u64) -> Self {
        let most = limits::CUT_COUNTED_MAX.unsigned_abs();
        Self { tokens: Some(tokens.min(most)), tokens_and_more: Some(tokens > most), ..Self::of(cut) }
    }
}
