//! A refused call as one row of a table: what was called, with which token, why it was refused and what to do.

use crate::{
    advice,
    pages::{badge::Badge, instant::Instant, words},
};
use jeton_core::id::TokenId;
use jeton_store::{token::TokenDetail, usage::RefusalRow};

/// A refused call.
pub struct RefusedCall {
    pub(in crate::pages) decision: String,
    pub(in crate::pages) at: Instant,
    /// The id of its token and its name.
    pub(in crate::pages) token: Option<(TokenId, String)>,
    pub(in crate::pages) call: String,
    pub(in crate::pages) badge: Badge,
    pub(in crate::pages) cause: String,
    pub(in crate::pages) fix: String,
}

impl RefusedCall {
    /// As told to who may know of it; `tokens` are those that it may be of.
    pub fn of(row: &RefusalRow, tokens: &[TokenDetail]) -> Self {
        let token = tokens.iter().find(|token| Some(token.record.id) == row.token);
        Self {
            decision: row.decision.to_string(),
            at: row.at.into(),
            token: token.map(|token| (token.record.id, token.name.as_str().to_owned())),
            call: [row.method.as_deref(), row.path.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" "),
            badge: words::outcome(&row.code),
            cause: words::sentence(&row.cause),
            fix: words::sentence(&advice::after(row, token.map(|token| &token.record.policy.scopes))),
        }
    }
}
