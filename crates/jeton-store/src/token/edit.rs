//! Editing a token's name, metadata, rules and end.

use super::{Owner, TokenDetail, TokenEdit, TokenRow, insert::update, parent, row::load_owned};
use crate::{
    audit::Actor,
    error::{Result, StoreError},
    fault::Fault,
    outside::Entry,
    store::Store,
    writer::{Operation, Tx},
};
use jeton_core::{change::Revision, facts::TokenState, id::TokenId, policy::Policy, timestamp::Timestamp};
use serde_json::json;

impl Store {
    /// Edits a token that is still at `version`.
    pub async fn edit_token(
        &self,
        owner: Owner,
        id: TokenId,
        version: i64,
        edit: TokenEdit,
        actor: Actor,
    ) -> Result<(TokenDetail, Revision)> {
        self.write(Edit { owner, id, version, edit, actor }).await
    }
}

struct Edit {
    owner: Owner,
    id: TokenId,
    version: i64,
    edit: TokenEdit,
    actor: Actor,
}

impl Operation for Edit {
    type Answer = (TokenDetail, Revision);

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<Self::Answer, Fault> {
        let mut row = load_owned(&mut tx.link, &tx.shared.marks, self.owner, self.id).await?;
        crate::page::same_version(row.version, self.version)?;
        if row.parse_state()? == TokenState::Revoked {
            return Err(StoreError::Conflict("the token is revoked: nothing about it can be changed".to_owned()).into());
        }
        let before = row.parse_policy()?;
        let touched = self.apply_to(&mut row, &before)?;
        let policy = self.edit.policy.as_ref().unwrap_or(&before);
        if self.edit.policy.is_some() || self.edit.expires_at.is_some() {
            if policy.project != before.project {
                parent::check_holder(tx, policy, &row.subject, None).await?;
            }
            parent::check(tx, policy, row.expires_at.map(Timestamp::from_micros), self.actor.at).await?;
        }
        if self.edit.policy.is_some() || self.edit.expires_at.is_some() {
            tx.journal(Entry::Edited { token: self.id, at: self.actor.at });
        }
        let revision = update(tx, &mut row, self.id, self.actor.at).await?;
        tx.audit(&self.actor, Some(self.owner), "token.edit", self.id.digits(), json!({ "fields": touched }));
        Ok((row.detail()?, revision))
    }
}

impl Edit {
    /// Puts what is new into the row; gives the names of the fields.
    fn apply_to(&self, row: &mut TokenRow, before: &Policy) -> std::result::Result<Vec<&'static str>, Fault> {
        let mut touched = Vec::new();
        if let Some(name) = &self.edit.name {
            row.name = name.as_str().to_owned();
            touched.push("name");
        }
        if let Some(metadata) = &self.edit.metadata {
            row.metadata.clone_from(metadata);
            touched.push("metadata");
        }
        if let Some(policy) = &self.edit.policy {
            let fixed = |policy: &Policy| (policy.organisation, policy.kind, policy.format, policy.parent, policy.binding);
            if fixed(policy) != fixed(before) {
                return Err(StoreError::Conflict("organisation, kind, format and parent of a token cannot be changed".to_owned()).into());
            }
            row.set_policy(policy)?;
            touched.push("policy");
        }
        if let Some(expires_at) = self.edit.expires_at {
            row.expires_at = expires_at.map(Timestamp::as_micros);
            touched.push("expires_at");
        }
        Ok(touched)
    }
}
