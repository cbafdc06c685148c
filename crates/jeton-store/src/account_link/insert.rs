//! Issuing links, and withdrawing them. A newer link for the same account and purpose takes the place of those before.

use super::{
    AccountLink, LinkKind,
    row::{self, LinkRow},
};
use crate::{
    audit::Actor,
    error::{Result, StoreError},
    fault::Fault,
    link::{execute, fetch_one},
    store::Store,
    user,
    writer::{Operation, Tx},
};
use jeton_core::{
    id::{LinkId, OrganisationId},
    limits,
};
use serde_json::json;

const WAITING: &str = "SELECT COUNT(*) FROM account_links WHERE organisation = $1 AND kind = 'invitation' AND used_at IS NULL \
                       AND expires_at > $2";

impl Store {
    /// Keeps a new link. A conflict where its account is shut, or too many invitations wait.
    pub async fn insert_link(&self, new: AccountLink, digest: [u8; 32], actor: Actor) -> Result<AccountLink> {
        self.write(Insert { new, digest, actor }).await
    }
    /// Withdraws an invitation that waits.
    pub async fn withdraw_invitation(&self, owner: OrganisationId, id: LinkId, actor: Actor) -> Result<()> {
        self.write(Withdraw { owner, id, actor }).await
    }
}

struct Insert {
    new: AccountLink,
    digest: [u8; 32],
    actor: Actor,
}

impl Operation for Insert {
    type Answer = AccountLink;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<AccountLink, Fault> {
        let new = AccountLink { used_at: None, ..self.new.clone() };
        let organisation = new.organisation.to_string();
        match new.user {
            Some(id) => {
                let user = user::load_owned(&mut tx.link, &tx.shared.marks, new.organisation, id).await?;
                if user.disabled {
                    return Err(StoreError::Conflict("the account is disabled".to_owned()).into());
                }
                let gone = "DELETE FROM account_links WHERE account = $1 AND kind = $2";
                execute!(&mut tx.link, gone, id.to_string(), new.kind.as_str())?;
            }
            None => {
                let (waiting,) = fetch_one!(&mut tx.link, (i64,), WAITING, organisation.as_str(), self.actor.at.as_micros())?;
                if u64::try_from(waiting).unwrap_or(u64::MAX) >= limits::INVITATIONS_MAX {
                    return Err(StoreError::Conflict("too many invitations wait: withdraw some first".to_owned()).into());
                }
            }
        }
        LinkRow::of(&new, self.digest).insert(tx).await?;
        let target = new.user.map_or_else(|| new.id.to_string(), |user| user.to_string());
        let details = json!({ "kind": new.kind.as_str(), "email": new.email, "role": new.role.map(user::Role::as_str) });
        tx.audit(&self.actor, Some(new.organisation), "link.issue", &target, details);
        Ok(new)
    }
}

struct Withdraw {
    owner: OrganisationId,
    id: LinkId,
    actor: Actor,
}

impl Operation for Withdraw {
    type Answer = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        let found = row::by_id(&mut tx.link, self.owner, self.id).await?.ok_or(StoreError::NotFound("invitation"))?;
        let own = found.read(&tx.shared.marks)?;
        if own.kind != LinkKind::Invitation || !own.is_good_at(self.actor.at) {
            return Err(StoreError::NotFound("invitation").into());
        }
        found.use_up(tx, self.actor.at).await?;
        tx.audit(&self.actor, Some(self.owner), "invitation.withdraw", &self.id.to_string(), json!({ "email": own.email }));
        Ok(())
    }
}
