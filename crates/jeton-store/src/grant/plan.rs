//! A grant and its tokens as rows that lack only their places and marks.

use super::NewGrant;
use crate::{
    audit::Actor,
    change::as_column,
    error::{Result, StoreError},
    fault::Fault,
    token::{NewToken, Planned},
    writer::Tx,
};
use jeton_core::{change::Changed, change::Revision, id::TokenId, timestamp::Timestamp};
use serde_json::json;

/// What is inserted at once.
pub(crate) struct PlannedGrant {
    grant: Planned,
    tokens: Vec<Planned>,
}

impl PlannedGrant {
    /// Plans it; tokens that do not hang on the grant, or would outlive it, are refused.
    pub(crate) fn of(new: NewGrant, actor: &Actor) -> Result<Self> {
        let NewGrant { grant, tokens } = new;
        if !tokens.iter().all(|token| hangs_on(token, &grant)) {
            return Err(StoreError::Conflict("a token does not hang on its grant, or would outlive it".to_owned()));
        }
        let tokens = tokens.into_iter().map(|token| Planned::of(token, actor)).collect::<Result<_>>()?;
        Ok(Self { grant: Planned::of(grant, actor)?, tokens })
    }
    /// The grant's id.
    pub(crate) const fn id(&self) -> TokenId {
        self.grant.id()
    }
    /// What only the transaction can know for sure: client and account are alive. Changes nothing.
    pub(crate) async fn check(&self, tx: &mut Tx<'_>, now: Timestamp) -> std::result::Result<(), Fault> {
        self.grant.check(tx, now).await
    }
    /// Inserts all rows, with their places in the change log and one audit event; gives the last place.
    pub(crate) async fn insert(&self, tx: &mut Tx<'_>, actor: &Actor) -> std::result::Result<Revision, Fault> {
        for planned in std::iter::once(&self.grant).chain(&self.tokens) {
            let row = planned.sealed(tx, as_column(tx.revision()).saturating_add(1));
            tx.insert_token(row).await?;
            tx.changed(actor.at, Changed::Token(planned.id()));
        }
        let (policy, subject) = (self.grant.policy(), self.grant.subject());
        let tokens: Vec<_> = self.tokens.iter().map(|token| token.id().to_string()).collect();
        let details = json!({ "client": policy.client_id, "subject": subject, "tokens": tokens });
        tx.audit(actor, Some(policy.organisation), "grant.issue", self.id().digits(), details);
        Ok(tx.revision())
    }
}

fn hangs_on(token: &NewToken, grant: &NewToken) -> bool {
    let outlives = grant.expires_at.is_some_and(|end| token.expires_at.is_none_or(|own| own > end));
    token.policy.parent == Some(grant.id) && token.policy.organisation == grant.policy.organisation && !outlives
}
