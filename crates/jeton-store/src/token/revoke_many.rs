//! Revoking all tokens that fit a filter, a bounded batch in each transaction: whoever asks goes on with the place that a batch ended
//! at. Begun again from the start it finds only what is left.

use super::{
    Owner, TokenFilter, Transition,
    list::{Cursor, Question, fetch},
    transition::move_to,
};
use crate::{
    audit::Actor,
    error::Result,
    fault::Fault,
    store::{Engine, Store},
    writer::{Operation, Tx},
};
use jeton_core::{change::Revision, facts::TokenState, id::TokenId, kind::TokenKind, limits};

/// What one batch came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManyRevoked {
    /// How many tokens it revoked.
    pub revoked: u64,
    /// Where the next batch begins; `None` where all was looked at.
    pub next: Option<String>,
    /// The newest place in the change log after it.
    pub revision: Revision,
}

impl Store {
    /// Revokes one batch of the tokens that fit, the newest first, beginning after a place. Left alone are secrets of clients, which
    /// are ended where clients are, and `except`: the token that asks.
    pub async fn revoke_tokens(
        &self,
        owner: Owner,
        filter: &TokenFilter,
        except: Option<TokenId>,
        after: Option<String>,
        transition: Transition,
        actor: Actor,
    ) -> Result<ManyRevoked> {
        let filter = TokenFilter { state_not: Some(TokenState::Revoked), ..filter.clone() };
        let after = after.as_deref().map(Cursor::parse).transpose()?;
        self.write(RevokeMany { owner, filter, except, after, transition, actor, engine: self.engine() }).await
    }
}

struct RevokeMany {
    owner: Owner,
    filter: TokenFilter,
    except: Option<TokenId>,
    after: Option<Cursor>,
    transition: Transition,
    actor: Actor,
    engine: Engine,
}

impl Operation for RevokeMany {
    type Answer = ManyRevoked;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<ManyRevoked, Fault> {
        let question = Question {
            owner: self.owner,
            filter: &self.filter,
            after: self.after.clone(),
            limit: limits::REVOKED_AT_ONCE,
            engine: self.engine,
        };
        let looked = fetch(&mut tx.link, &tx.shared.marks, &question).await?;
        let is_full = looked.rows.len() > question.limit;
        let rows = looked.rows.into_iter().take(question.limit).collect::<Vec<_>>();
        let next = if is_full { rows.last().map(Cursor::of) } else { looked.stopped_at.map(|cursor| cursor.to_text()) };
        let mut revoked = 0;
        for mut row in rows {
            let detail = row.clone().detail()?;
            let record = &detail.record;
            let is_left_alone = record.policy.kind == TokenKind::Cls || Some(record.id) == self.except;
            if is_left_alone || record.state == TokenState::Revoked || !self.filter.fits(&detail) {
                continue;
            }
            move_to(tx, &mut row, &self.transition, &self.actor).await?;
            revoked += 1;
        }
        Ok(ManyRevoked { revoked, next, revision: tx.revision() })
    }
}
