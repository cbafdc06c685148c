//! Revoking one batch of the tokens that fit a filter, within a transaction: whoever asks goes on with the place that a batch ended at.
//! Begun again from the start it finds only what is left.

use super::{
    Owner, TokenFilter, Transition,
    list::{Cursor, Question, fetch},
    transition::move_to,
};
use crate::{audit::Actor, fault::Fault, store::Engine, writer::Tx};
use jeton_core::{facts::TokenState, id::TokenId, kind::TokenKind, limits};

/// One batch, the newest of them first. Left alone are secrets of clients, which are ended where clients are, and `except`: the token
/// that asks.
pub(crate) struct RevokeBatch<'b> {
    pub(crate) owner: Owner,
    pub(crate) filter: &'b TokenFilter,
    pub(crate) except: Option<TokenId>,
    /// Where it begins.
    pub(crate) after: Option<&'b str>,
    pub(crate) transition: Transition,
    pub(crate) actor: Actor,
}

/// What one batch came to.
pub(crate) struct BatchRevoked {
    /// How many tokens it revoked.
    pub(crate) revoked: u64,
    /// Where the next batch begins; `None` where all was looked at.
    pub(crate) next: Option<String>,
}

impl RevokeBatch<'_> {
    /// Revokes it.
    pub(crate) async fn apply(&self, tx: &mut Tx<'_>, engine: Engine) -> Result<BatchRevoked, Fault> {
        let filter = TokenFilter { state_not: Some(TokenState::Revoked), ..self.filter.clone() };
        let after = self.after.map(Cursor::parse).transpose()?;
        let question = Question { owner: self.owner, filter: &filter, after, limit: limits::REVOKED_AT_ONCE, engine };
        let looked = fetch(&mut tx.link, &tx.shared.marks, &question).await?;
        let is_full = looked.rows.len() > question.limit;
        let rows = looked.rows.into_iter().take(question.limit).collect::<Vec<_>>();
        let next = if is_full { rows.last().map(Cursor::of) } else { looked.stopped_at.map(|cursor| cursor.to_text()) };
        let mut revoked = 0;
        for mut row in rows {
            let detail = row.clone().detail()?;
            let record = &detail.record;
            let is_left_alone = record.policy.kind == TokenKind::Cls || Some(record.id) == self.except;
            if is_left_alone || record.state == TokenState::Revoked || !filter.fits(&detail) {
                continue;
            }
            move_to(tx, &mut row, &self.transition, &self.actor).await?;
            revoked += 1;
        }
        Ok(BatchRevoked { revoked, next })
    }
}
