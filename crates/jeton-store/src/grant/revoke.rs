//! Ending a grant: everything below it is dead with it.

use crate::{
    audit::Actor,
    fault::Fault,
    token::{Transition, load, move_to},
    writer::{Operation, Tx},
};
use jeton_core::{change::Revision, facts::TokenState, id::TokenId};
use serde_json::json;

/// Revokes a grant within a transaction; `None` when there is none. One that is revoked already gives its place.
pub(crate) async fn revoke(tx: &mut Tx<'_>, grant: TokenId, reason: &str, actor: &Actor) -> Result<Option<Revision>, Fault> {
    // It may have been issued in this very transaction.
    tx.insert_if_waiting(grant).await?;
    let Some(mut row) = load(&mut tx.link, &tx.shared.marks, grant).await? else { return Ok(None) };
    if row.parse_state()? == TokenState::Revoked {
        return Ok(Some(crate::change::from_column(row.revision)));
    }
    let transition = Transition { to: TokenState::Revoked, reason: Some(reason.to_owned()), comment: None };
    let revision = move_to(tx, &mut row, &transition, actor).await?;
    tx.looked_up.tokens.remove(&grant);
    let policy = row.parse_policy()?;
    let details = json!({ "client": policy.client_id, "subject": row.subject, "reason": reason });
    tx.audit(actor, Some(policy.organisation), "grant.revoke", grant.digits(), details);
    Ok(Some(revision))
}

pub(super) struct RevokeGrant {
    pub(super) grant: TokenId,
    pub(super) reason: &'static str,
    pub(super) actor: Actor,
}

impl Operation for RevokeGrant {
    type Answer = Option<Revision>;

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Self::Answer, Fault> {
        revoke(tx, self.grant, self.reason, &self.actor).await
    }
}
