//! Suspending, resuming and revoking. Nothing leaves `revoked`.

use super::{
    Owner, TokenDetail, Transition,
    insert::update,
    row::{TokenRow, load_owned},
};
use crate::{
    audit::Actor,
    error::{Result, StoreError},
    fault::Fault,
    outside::Entry,
    store::Store,
    writer::{Operation, Tx},
};
use jeton_core::{change::Revision, facts::TokenState, id::TokenId};
use serde_json::json;

impl Store {
    /// Brings a token into a state. Revoking a revoked token and suspending a suspended one change nothing and give the place
    /// of the change that did it. Known everywhere that reads the change log up to the place that is given back.
    pub async fn transition_token(
        &self,
        owner: Owner,
        id: TokenId,
        transition: Transition,
        actor: Actor,
    ) -> Result<(TokenDetail, Revision)> {
        self.write(Move { owner, id, transition, actor }).await
    }
}

struct Move {
    owner: Owner,
    id: TokenId,
    transition: Transition,
    actor: Actor,
}

impl Operation for Move {
    type Answer = (TokenDetail, Revision);

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Self::Answer, Fault> {
        let mut row = load_owned(&mut tx.link, &tx.shared.marks, self.owner, self.id).await?;
        let was = row.parse_state()?;
        let revision = match allowed(was, self.transition.to)? {
            // Where a cut revoked it, that has a later place.
            Step::Nothing => crate::change::from_column(row.revision).max(tx.shared.marks.cuts.known().newest()),
            Step::Move => move_to(tx, &mut row, &self.transition, &self.actor).await?,
        };
        Ok((row.detail()?, revision))
    }
}

/// What a wish comes to.
enum Step {
    /// It is so already.
    Nothing,
    /// It changes.
    Move,
}

fn allowed(was: TokenState, to: TokenState) -> std::result::Result<Step, Fault> {
    let refuse = |words: &str| Err(StoreError::Conflict(words.to_owned()).into());
    match (was, to) {
        (TokenState::Revoked, TokenState::Revoked) | (TokenState::Suspended, TokenState::Suspended) => Ok(Step::Nothing),
        (TokenState::Revoked, TokenState::Active | TokenState::Suspended) => {
            refuse("the token is revoked, and nothing brings a revoked token back: issue a new one")
        }
        (TokenState::Active, TokenState::Active) => refuse("the token is active: only a suspended one can be resumed"),
        (TokenState::Active, TokenState::Suspended | TokenState::Revoked)
        | (TokenState::Suspended, TokenState::Active | TokenState::Revoked) => Ok(Step::Move),
    }
}

/// Moves a loaded token, whose state allows it, into another state: row, change log, audit chain and journal.
pub(crate) async fn move_to(
    tx: &mut Tx<'_>,
    row: &mut TokenRow,
    transition: &Transition,
    actor: &Actor,
) -> std::result::Result<Revision, Fault> {
    let record = row.record()?;
    let (token, at) = (record.id, actor.at);
    let was = std::mem::replace(&mut row.state, transition.to.as_str().to_owned());
    row.reason.clone_from(&transition.reason);
    row.comment.clone_from(&transition.comment);
    let revision = update(tx, row, token, at).await?;
    let (action, entry) = match transition.to {
        TokenState::Active => ("token.resume", Entry::Resumed { token, at }),
        TokenState::Suspended => ("token.suspend", Entry::Suspended { token, at }),
        TokenState::Revoked => ("token.revoke", Entry::Revoked { token, at }),
    };
    tx.journal(entry);
    let details = json!({ "was": was, "reason": transition.reason, "comment": transition.comment });
    tx.audit(actor, Some(record.policy.organisation), action, token.digits(), details);
    Ok(revision)
}
